/**
 * The parts of the node that only publishes, with the camera in the place of its timer: `per-frame-node.ts BUNDLE
 * --ros-args …`.
 */
import { type ActionChunk, JetsonVLAEngine } from 'jetson-vla';
import { loadRclnodejs, RosCamera, RosNode, RosTime } from 'jetson-vla/ros';
import { actionsCdr, chunkTrajectoryCdr } from '../../lib/ros/node/chunk-messages.js';
import { PublishingInferrer } from '../../lib/ros/node/publishing-inferrer.js';
import { RELIABLE } from '../../lib/ros/qos.js';

const DEADLINE_MS = 2000;
const [bundle = '', ...args] = process.argv.slice(2);
const engine = await JetsonVLAEngine.load(bundle, { queuePolicy: 'latest', onWarning: () => {} });
const node = await RosNode.create(await loadRclnodejs(), { name: 'vla_node', args });
const time = new RosTime(node, { useSimTime: false });
const actions = node.advertiseCdr('std_msgs/msg/Float32MultiArray', 'vla/actions', RELIABLE);
const trajectory = node.advertiseCdr('trajectory_msgs/msg/JointTrajectory', 'vla/trajectory', RELIABLE);
const inferrer = new PublishingInferrer(engine, (chunk: ActionChunk) => {
  actions.publish(actionsCdr(chunk));
  trajectory.publish(chunkTrajectoryCdr(chunk, time.toStamp(chunk.capturedAt), engine.jointNames));
  node.log.info(
    `Inference time: ${chunk.timing?.inferMs.toFixed(1)}ms, Actions: (${chunk.shape.join(', ')})`,
  );
});
const leaving = new AbortController();
let instruction = '';
node.subscribe('std_msgs/msg/String', 'vla/instruction', RELIABLE, ({ data }) => {
  instruction = data;
});
const camera = new RosCamera(node, time, {
  topic: 'camera/image_raw',
  compressed: false,
  onFrame: () => {
    if (instruction !== '') infer().catch((error: unknown) => node.log.error(String(error)));
  },
});

async function infer(): Promise<void> {
  const { signal } = leaving;
  await inferrer.infer(await camera.capture(), instruction, { signal, deadlineMs: DEADLINE_MS });
}

process.once('SIGINT', async () => {
  leaving.abort();
  node.dispose();
  await engine.dispose();
});
