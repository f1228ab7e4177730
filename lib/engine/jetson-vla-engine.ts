import type { ActionChunk } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';
import type { PolicyManifest } from '../policy/manifest.js';
import type { EncodedText } from '../policy/policy.js';
import { toRobotUnit } from '../policy/units.js';
import { abortError } from './abort.js';
import { checkGolden } from './golden-check.js';
import { Inference } from './inference.js';
import type { LoadOptions } from './load-options.js';
import { type CameraImages, observe } from './observe.js';
import { type OpenPolicy, openPolicy } from './open-policy.js';
import { SerialQueue } from './serial-queue.js';
import type { Session } from './session.js';

export type { LoadOptions } from './load-options.js';
export type { CameraImages } from './observe.js';

const DEFAULT_QUEUE_LIMIT = { reject: 8, latest: 1 };
/** Instructions may come from anywhere, so what was already warned of must not grow without end. */
const MAX_WORDS_WARNED_OF = 1000;

export interface InferOptions {
  /** One value per state dim of the policy: rad, m, and 0 (open) … 1 (closed). Needed when the policy takes it. */
  readonly state?: readonly number[];
  /** Cancels the call at once; a model that is already running finishes in the background. */
  readonly signal?: AbortSignal;
  /** Milliseconds from the call to its result, waiting included; above 0. */
  readonly deadlineMs?: number;
}

/** Which policy an engine runs. */
export interface LoadedPolicy {
  readonly id: string;
  readonly name: string;
  /** The bundle's directory, or the bare model file; absolute. */
  readonly path: string;
  readonly manifest: PolicyManifest;
}

/**
 * A Vision-Language-Action policy, ready to run: camera image and instruction in, a chunk of waypoints out.
 *
 * ```ts
 * await using engine = await JetsonVLAEngine.load('policies/pick');
 * const chunk = await engine.infer(frame, 'pick up the red block');
 * for (const { joints, gripper } of chunk) …
 * ```
 *
 * The model runs in a thread of its own; calls run one after the other, in their order.
 */
export class JetsonVLAEngine implements AsyncDisposable {
  readonly policy: LoadedPolicy;
  readonly backend: Session['backend'];
  /** Bytes of GPU memory for what the model computes in between, weights not counted; undefined with ONNX Runtime. */
  readonly deviceMemoryBytes: number | undefined;
  /** What was odd while loading, one line each. */
  readonly warnings: readonly string[];
  /** The joints of every waypoint, in order. */
  readonly jointNames: readonly string[];
  /** Smallest and largest value of each joint as the policy declares them, in the units of its chunks. */
  readonly jointRanges: readonly (readonly [min: number, max: number] | undefined)[];
  /** Seconds that each waypoint takes. */
  readonly secondsPerWaypoint: number;
  readonly #inference: Inference;
  readonly #session: Session;
  readonly #queue: SerialQueue;
  readonly #warn: (text: string) => void;
  readonly #warnedOf = new Set<string>();
  #sequence = 0;
  #disposal: Promise<void> | undefined;

  /**
   * Loads a policy, checks that its model fits it, and runs its golden observations.
   *
   * @param path a bundle's directory, its policy.json, or a bare .onnx or .engine file that follows the default contract
   * @throws VLAError BUNDLE_NOT_FOUND, MANIFEST_INVALID, UNSUPPORTED_POLICY, CHECKSUM_MISMATCH, TOKENIZER_MISSING,
   *   TOKENIZER_INVALID, BACKEND_UNAVAILABLE, MODEL_INVALID, MODEL_MISMATCH, GOLDEN_MISMATCH, INVALID_ARGUMENT; with
   *   TensorRT also ENGINE_CORRUPT, ENGINE_VERSION_MISMATCH, ENGINE_DEVICE_MISMATCH, ADDON_UNAVAILABLE,
   *   CUDA_DRIVER_NOT_FOUND, CUDA_FAILED, OUT_OF_DEVICE_MEMORY, TENSORRT_NOT_FOUND, TENSORRT_UNSUPPORTED_VERSION,
   *   TENSORRT_FAILED, STANDIN_BUILD
   */
  static async load(path: string, options: LoadOptions = {}): Promise<JetsonVLAEngine> {
    const policy = options.queuePolicy ?? 'reject';
    const queue = new SerialQueue({ limit: options.queueLimit ?? DEFAULT_QUEUE_LIMIT[policy], policy });
    const warn = options.onWarning ?? ((text) => process.emitWarning(text, { type: 'JetsonVLAWarning' }));
    const { signal } = options;
    const open = await openPolicy(path, options).catch((error: unknown) => {
      throw signal?.aborted ? abortError(signal) : error;
    });
    try {
      if (signal?.aborted) throw abortError(signal);
      const inference = new Inference(open.policy, open.session);
      const warnings = [...open.warnings];
      for (const golden of options.golden === 'skip' ? [] : open.golden) {
        const { mismatch } = await checkGolden(inference, golden);
        const problem = mismatch && namingEngine(mismatch, open.cachedEngine);
        if (problem && options.golden !== 'warn') throw problem;
        if (problem) warnings.push(problem.message);
      }
      for (const warning of warnings) warn(`${open.policy.manifest.id}: ${warning}`);
      return new JetsonVLAEngine(open, warnings, inference, queue, warn);
    } catch (error) {
      await open.session.dispose();
      throw error;
    }
  }

  private constructor(
    { path, policy: { manifest }, session }: OpenPolicy,
    warnings: readonly string[],
    inference: Inference,
    queue: SerialQueue,
    warn: (text: string) => void,
  ) {
    const joints = manifest.action.dims.filter(({ gripper }) => gripper === undefined);
    this.policy = { id: manifest.id, name: manifest.name, path, manifest };
    this.backend = session.backend;
    this.deviceMemoryBytes = session.deviceMemoryBytes;
    this.warnings = warnings;
    this.jointNames = joints.map(({ name }) => name);
    this.jointRanges = joints.map(
      (dim) => dim.limits && [toRobotUnit(dim, dim.limits[0]), toRobotUnit(dim, dim.limits[1])],
    );
    this.secondsPerWaypoint = manifest.chunk.dt;
    this.#inference = inference;
    this.#session = session;
    this.#queue = queue;
    this.#warn = warn;
  }

  /**
   * What the policy does next.
   *
   * A call that finds the engine idle reads its frames before this returns. One that has to wait keeps them and
   * reads them at its turn, so that waiting calls hold no tensors; leave the frames alone until it settles.
   *
   * @param image the frame of the policy's camera, or one frame per camera id or alias. The chunk gets the capture
   *   time of the oldest; a frame without one was captured now, on the clock of `performance.now()`
   * @param instruction what to do; may be absent when the policy knows one task only
   * @throws VLAError INVALID_ARGUMENT, INVALID_IMAGE, UNSUPPORTED_ENCODING, INVALID_STATE, UNKNOWN_WORDS or
   *   INSTRUCTION_TOO_LONG for what it was given; QUEUE_FULL, SUPERSEDED, DEADLINE_EXCEEDED, ABORTED or DISPOSED
   *   without a result; INFERENCE_FAILED, INVALID_OUTPUT
   */
  async infer(image: CameraImages, instruction?: string, options: InferOptions = {}): Promise<ActionChunk> {
    const calledAt = performance.now();
    const { state, signal, deadlineMs } = options;
    if (signal !== undefined && !(signal instanceof AbortSignal))
      throw new VLAError('INVALID_ARGUMENT', `options.signal: expected an AbortSignal, got ${typeof signal}`);
    const observation = {
      ...observe(image, this.policy.manifest.inputs.cameras, calledAt),
      ...(instruction !== undefined && { instruction }),
      ...(state !== undefined && { state }),
    };
    return this.#queue.run(
      async (turn, queueMs) => {
        const encoded = this.#inference.encode(observation);
        const call = { sequence: this.#sequence, calledAt, queueMs, signal: turn };
        const chunk = await this.#inference.run(encoded, call);
        this.#sequence++;
        this.#warnAbout(encoded.text);
        return chunk;
      },
      { signal, deadlineMs },
    );
  }

  /** Refuses waiting calls, waits for the running one, and frees the model. Idempotent. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#queue.close().then(() => this.#session.dispose());
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #warnAbout({ unknownWords, truncated }: EncodedText): void {
    const problems = [
      ...unknownWords.map((word) => `the policy never learned the word ${JSON.stringify(word)}`),
      ...(truncated ? ['the end of an instruction was cut off, because it is too long for the policy'] : []),
    ];
    for (const problem of problems) {
      if (this.#warnedOf.has(problem) || this.#warnedOf.size >= MAX_WORDS_WARNED_OF) continue;
      this.#warnedOf.add(problem);
      this.#warn(`${this.policy.id}: ${problem}`);
    }
  }
}

/** A mismatch of an engine that nobody chose says where it is and how to do without. */
function namingEngine(mismatch: VLAError, engine: string | undefined): VLAError {
  if (engine === undefined) return mismatch;
  return new VLAError(mismatch.code, `${mismatch.message}\nIt ran on ${engine}, built from the ONNX file.`, {
    hint:
      'Load it with tensorrt: { build: { tf32: false } } for an engine in full float32, or with backend: ' +
      '"onnxruntime"; with golden: "warn" it loads all the same.',
    cause: mismatch,
  });
}
