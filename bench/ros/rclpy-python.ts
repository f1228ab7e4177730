import { spawnSync } from 'node:child_process';
import { developmentEnvironment } from '../../python/environment.js';

/**
 * An interpreter with all that the seed's node needs: the one that ROS uses, or else the project's own environment, into
 * which a sourced ROS brings rclpy. Undefined where neither has it.
 */
export async function rclpyPython(): Promise<string | undefined> {
  if (!imports('python3', 'rclpy')) return undefined;
  const needed = 'rclpy, cv2, numpy, onnxruntime, sensor_msgs.msg, std_msgs.msg';
  if (imports('python3', needed)) return 'python3';
  const own = await developmentEnvironment('requirements-dev.txt');
  return imports(own, needed) ? own : undefined;
}

function imports(python: string, modules: string): boolean {
  return spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' }).status === 0;
}
