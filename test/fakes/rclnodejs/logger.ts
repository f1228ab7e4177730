import type { RclLogger } from '../../../lib/ros/rcl.js';

/** Silent unless asked, since tests provoke errors on purpose. */
export function logger(name: string): RclLogger {
  const write = (level: string) => (text: string) => {
    if (process.env['JETSON_VLA_FAKE_ROS_LOG'] !== undefined)
      process.stderr.write(`[${level}] [${name}]: ${text}\n`);
    return true;
  };
  return {
    debug: write('DEBUG'),
    info: write('INFO'),
    warn: write('WARN'),
    error: write('ERROR'),
    fatal: write('FATAL'),
  };
}
