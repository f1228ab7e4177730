/**
 * Every failure that jetson-vla reports has one of these codes. The text says when it is raised; the message of
 * the error itself says what was expected, what came and where, and `hint` says what to do.
 */
export const VLA_ERROR_CODES = {
  INVALID_ARGUMENT: 'A function was called with a value outside its documented type or range.',
  INVALID_IMAGE: 'A camera frame has a wrong size, row step or encoding, or holds NaN or infinite values.',
  UNSUPPORTED_ENCODING: 'A camera frame uses a pixel encoding that is not one of the supported ones.',
  BUNDLE_NOT_FOUND: 'The policy path does not exist, or a file that the manifest names is not there.',
  MANIFEST_INVALID: 'policy.json is not valid; the message holds one line per problem.',
  CHECKSUM_MISMATCH: 'A file of the bundle differs from the sha256 in the manifest.',
  UNSUPPORTED_POLICY: 'The manifest is valid but asks for a feature that this version does not run.',
  GOLDEN_MISMATCH: 'The model does not reproduce the golden observation recorded with the bundle.',
  TOKENIZER_MISSING: 'The policy takes token ids, and no tokenizer.json was found or given.',
  TOKENIZER_INVALID: 'tokenizer.json cannot be read by the tokenizers library.',
  UNKNOWN_WORDS: 'The instruction has words that the policy never learned, and the policy refuses such text.',
  INSTRUCTION_TOO_LONG: 'The instruction has more tokens than the policy takes and must not be cut.',
  INVALID_STATE: 'The joint state that the policy needs is missing, has a wrong length or is not finite.',
  BACKEND_UNAVAILABLE: 'The inference backend for this kind of model cannot be used on this machine.',
  ADDON_UNAVAILABLE:
    'The native addon is not built for this machine, or does not load; the message lists what was tried.',
  CUDA_DRIVER_NOT_FOUND:
    'No CUDA driver library loads, or it finds no device; the message lists what was tried.',
  CUDA_FAILED: "A CUDA driver call failed; the message names the call and the driver's own error.",
  OUT_OF_DEVICE_MEMORY: 'The GPU has too little free memory for this engine.',
  TENSORRT_NOT_FOUND: 'No TensorRT library loads; the message lists what was tried and why each failed.',
  TENSORRT_UNSUPPORTED_VERSION: 'The TensorRT library has a version that no backend of this build drives.',
  TENSORRT_FAILED: 'TensorRT refused a call; the message holds its own last error line.',
  STANDIN_BUILD:
    'A backend that was compiled against the stand-in headers of the tests met a real library, or the reverse.',
  ENGINE_VERSION_MISMATCH:
    'The engine was built by another version of TensorRT than the one that is installed.',
  ENGINE_DEVICE_MISMATCH: 'The engine was built for another GPU than the one in this machine.',
  ENGINE_CORRUPT: 'The engine file is truncated, damaged or not an engine.',
  ENGINE_BUILD_FAILED:
    'TensorRT cannot build an engine from this ONNX file; the message names the node or the reason.',
  MODEL_INVALID: 'The model file is truncated, corrupt or not a model.',
  MODEL_MISMATCH: 'The model is readable, but its inputs or outputs are not what the manifest says.',
  INFERENCE_FAILED: 'The backend reported an error while running the model.',
  INVALID_OUTPUT: 'The model returned a wrong shape, a wrong type, NaN or infinite values.',
  QUEUE_FULL: 'More inferences are waiting than the queue allows.',
  SUPERSEDED: 'A newer call took the place of this waiting one, as the queue policy `latest` says.',
  DEADLINE_EXCEEDED: 'The inference did not finish within its deadline.',
  ABORTED: 'The call was cancelled through its AbortSignal.',
  DISPOSED: 'The object was disposed and cannot be used any more.',
  CHUNK_INVALID: 'An action chunk has a wrong shape or holds NaN or infinite values; nothing was sent.',
  CHUNK_STALE:
    'An action chunk is too old, comes from the future, or is not newer than the last one; nothing was sent.',
  CHUNK_UNREACHABLE:
    'No allowed pace carries the robot along this chunk within its limits, or it starts too far away; nothing was sent.',
  LIMITS_INVALID: 'A URDF or joint_limits.yaml states limits that are missing, malformed or contradictory.',
  WORKSPACE_LEFT: 'The chunk leads a part of the robot out of its workspace.',
  COLLISION_PREDICTED: 'The motion would bring the robot into collision; it ends before that.',
  COLLISION_CHECK_FAILED:
    'The collision checker failed, took too long or knows an old scene, so nothing could be called safe.',
  TRACKING_LOST: 'The robot is not where its commands should have brought it.',
  WATCHDOG_TRIPPED: 'The watchdog missed heartbeats or the held enable, and has told the robot to stop.',
  SAFETY_LATCHED: 'The executor stopped for a reason and stays latched until reset() is called.',
  AUDIT_FAILED: 'The audit log cannot be written, so nothing may move.',
  AUDIT_INVALID: 'The audit log is damaged or was changed, or a decision does not replay to its verdict.',
  PYTHON_UNAVAILABLE:
    'Python, or the packages that export and quantise, cannot be used or installed here; the message says which.',
  CHECKPOINT_INVALID: 'The checkpoint is missing, corrupt, or does not fit the model that it is loaded into.',
  EXPORT_FAILED: 'The PyTorch policy cannot be made, run or exported to ONNX; the message names the step.',
  QUANTISE_FAILED: 'The model cannot be brought to the precision that was asked for.',
  ACCURACY_LOST: 'A converted model differs from the original by more than the tolerance; nothing was kept.',
  WRITE_FAILED:
    'A file cannot be written: the disk is full, or the directory is read-only; nothing is left half-written.',
  TOOL_FAILED:
    'A program that the toolchain runs ended unexpectedly; the message holds the last lines that it printed.',
  ROBOT_FAILED: 'The robot reported an error while carrying out a command.',
  ROS_UNAVAILABLE:
    'ROS 2 or rclnodejs cannot be used here: no environment is sourced, or a library, the package or an interface is missing.',
  ROS_TIMEOUT: 'A ROS 2 service, action server or topic did not answer in time.',
  ROS_GOAL_REJECTED: 'A ROS 2 action server refused a goal.',
  CALLBACK_FAILED: 'A function given to an executor (success condition, guard, listener) threw an error.',
} as const;

export type VLAErrorCode = keyof typeof VLA_ERROR_CODES;

export interface VLAErrorOptions {
  /** What the reader should do about it. */
  readonly hint?: string;
  /** The lower-level error behind this one. */
  readonly cause?: unknown;
}

/** The one error type of the package. Switch on {@link code}; show {@link message} and {@link hint}. */
export class VLAError extends Error {
  override readonly name = 'VLAError';
  readonly code: VLAErrorCode;
  readonly hint: string | undefined;

  constructor(code: VLAErrorCode, message: string, options: VLAErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
  }

  /** Message, code and hint as a person should read them. */
  override toString(): string {
    const hint = this.hint === undefined ? '' : `\n  → ${this.hint}`;
    return `VLAError [${this.code}]: ${this.message}${hint}`;
  }
}
