export { ActionChunk, type ActionDim, type InferenceTiming, type Waypoint, type Waypoints } from './action/action-chunk.js';
export { VLA_ERROR_CODES, VLAError, type VLAErrorCode, type VLAErrorOptions } from './errors.js';
export { type CameraFrame, FRAME_ENCODINGS, type FrameEncoding } from './policy/camera-frame.js';
export type { Dtype, Tensor, TensorInfo } from './policy/tensor.js';
export { systemClock } from './robot/clock.js';
export type { Camera, Clock, Gripper, JointState, Robot } from './robot/robot.js';
