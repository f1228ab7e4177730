export {
  ActionChunk,
  type ActionDim,
  type InferenceTiming,
  type Waypoint,
  type Waypoints,
} from './action/action-chunk.js';
export { ChunkScheduler, type RunOptions } from './action/chunk-scheduler.js';
export {
  ensemble,
  fusion,
  type MergeName,
  type MergeStrategy,
  replace,
  weightedAverage,
} from './action/merge-strategies.js';
export type { ChunkSchedulerOptions } from './action/scheduler-options.js';
export type { ChunkSpan, SchedulerOutcome } from './action/scheduler-outcome.js';
export type { BareModelOptions } from './engine/bare-model.js';
export { type EnginePassport, readPassport } from './engine/engine-passport.js';
export {
  type CameraImages,
  type InferOptions,
  JetsonVLAEngine,
  type LoadedPolicy,
  type LoadOptions,
} from './engine/jetson-vla-engine.js';
export type { Backend } from './engine/open-session.js';
export type { QueuePolicy, QueueRunOptions } from './engine/serial-queue.js';
export {
  TensorRTEngine,
  type TensorRTEngineInfo,
  type TensorRTEngineOptions,
} from './engine/tensorrt-engine.js';
export type {
  EngineBuildOptions,
  TensorRTLibraryOptions,
  TensorRTOptions,
  TensorRTPolicyOptions,
} from './engine/tensorrt-options.js';
export { VLA_ERROR_CODES, VLAError, type VLAErrorCode, type VLAErrorOptions } from './errors.js';
export type { InstructionCount } from './monitor/instruction-tally.js';
export {
  type LatencySummary,
  type MonitorSummary,
  VLAMonitor,
  type VLAMonitorOptions,
} from './monitor/vla-monitor.js';
export type {
  NativeDtype as TensorRTDtype,
  NativeTensorInfo as TensorRTTensorInfo,
} from './native/addon-types.js';
export { loadBundle, type PolicyBundle } from './policy/bundle.js';
export { type CameraFrame, FRAME_ENCODINGS, type FrameEncoding } from './policy/camera-frame.js';
export {
  DEFAULT_IMAGE_SPEC,
  type ImageTensorOptions,
  type ImageTensorSpec,
  type ResizeSpec,
} from './policy/image-spec.js';
export { ImagePreprocessor, type ImageTensor, imageTensor } from './policy/image-tensor.js';
export { type ParsedManifest, type PolicyManifest, parseManifest } from './policy/manifest.js';
export type { Observation } from './policy/observation.js';
export { observationLine, readObservations } from './policy/observation-file.js';
export type { Dtype, Tensor, TensorInfo, TensorMap } from './policy/tensor.js';
export {
  stringTensor,
  type TokenTensor,
  type TokenTensorOptions,
  tokenTensor,
} from './policy/token-tensor.js';
export { TextTokenizer, type TokenizedText, type TokenizeOptions } from './policy/tokenizer.js';
export {
  ActionExecutor,
  type ActionExecutorOptions,
  type ExecuteOptions,
  type WaypointEvent,
} from './robot/action-executor.js';
export { systemClock } from './robot/clock.js';
export type { ExecutionOutcome } from './robot/execution-outcome.js';
export { FixedRate, type Tick } from './robot/fixed-rate.js';
export type { Camera, Clock, Gripper, JointState, Robot } from './robot/robot.js';
export { pickSucceeds, type SuccessCondition } from './robot/success-condition.js';
export { TrajectoryPlayer, type TrajectoryPlayerOptions } from './robot/trajectory-player.js';
export { TrajectoryQueue } from './robot/trajectory-queue.js';
export { VirtualClock, type VirtualClockOptions } from './robot/virtual-clock.js';
export { AuditLog, type AuditLogOptions } from './safety/audit/audit-log.js';
export type { AuditAppendOptions, AuditRecord, AuditSink } from './safety/audit/audit-sink.js';
export { type AuditReport, verifyAudit, verifyAudits } from './safety/audit/verify-audit.js';
export type {
  Clearance,
  Clearances,
  CollisionChecker,
  Kinematics,
} from './safety/collision/collision-checker.js';
export type { WorkspaceBox } from './safety/collision/workspace.js';
export type { GuardedMotion, MotionRequest, MotionStatus, Submission } from './safety/guarded-motion.js';
export type { ClampedJoints } from './safety/guards/clamp-to-limits.js';
export type { JointLimits } from './safety/joint-limits.js';
export { bundleLimits } from './safety/limits/bundle-limits.js';
export { describeLimits } from './safety/limits/describe-limits.js';
export { parseJointLimitsYaml } from './safety/limits/joint-limits-yaml.js';
export { type LimitFiles, loadJointLimits } from './safety/limits/load-limits.js';
export {
  type LimitInputs,
  type ResolvedJointLimits,
  resolveJointLimits,
} from './safety/limits/resolve-limits.js';
export { parseUrdfLimits } from './safety/limits/urdf-limits.js';
export {
  type SafeExecutionOutcome,
  SafeVLAExecutor,
  type SafeVLAExecutorOptions,
} from './safety/safe-vla-executor.js';
export type { GuardOptions, SafetyOptions } from './safety/safety-options.js';
export { GUARD_NAMES, type GuardName, OUTCOMES, type Outcome, type SafetyReason } from './safety/verdict.js';
export type { MotionWatchdog, TripReason, WatchdogTrip } from './safety/watchdog/motion-watchdog.js';
export { Watchdog } from './safety/watchdog/watchdog.js';
export type { StopCommand, StopModule, WatchdogOptions } from './safety/watchdog/watchdog-options.js';
export type { StopReport } from './safety/watchdog/watchdog-protocol.js';
export {
  type BuildProgress,
  type BuiltEngine,
  buildEngine,
  type EngineBuild,
} from './toolchain/build-engine.js';
export type { BuildEngineOptions, Precision } from './toolchain/build-options.js';
export type { OptimisationProfile, ShapeRange } from './toolchain/build-profiles.js';
export type { JointReference, JointTrajectory, TrajectoryPoint } from './trajectory/joint-trajectory.js';
export { sampleTrajectory } from './trajectory/sample-trajectory.js';
