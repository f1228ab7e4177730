import { ActionChunk, type InferenceTiming } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';
import { ActionDecoder } from './action-decoder.js';
import { readActionRows } from './action-output.js';
import { framesFingerprint } from './frame-fingerprint.js';
import { createSource, type InputSource } from './input-source.js';
import type { PolicyManifest } from './manifest.js';
import { type ModelInput, type ModelOutput, type ModelSpec, modelsOf } from './manifest-stages.js';
import { checkModelContract } from './model-contract.js';
import { type CheckedObservation, checkObservation, findFrame, type Observation } from './observation.js';
import { refuseUnsupported } from './policy-support.js';
import { resolveShape, sameShape } from './source-shape.js';
import type { TensorInfo, TensorMap } from './tensor.js';
import { InstructionEncoder } from './text-tensor.js';
import type { TextTokenizer } from './tokenizer.js';

export type { Observation } from './observation.js';

export interface PolicyOptions {
  /** Needed when the manifest's text mode is `runtime`. */
  readonly tokenizer?: TextTokenizer;
}

/** What the user should know about how an instruction was read. */
export interface EncodedText {
  /** Words, as typed, that the policy never learned. */
  readonly unknownWords: readonly string[];
  /** Whether the end of the instruction was cut off. */
  readonly truncated: boolean;
}

export interface ChunkMeta {
  /** Number of the chunk. */
  readonly sequence: number;
  /** {@link Policy.fingerprint} of the observation. */
  readonly frameFingerprint?: number;
  readonly timing?: InferenceTiming;
}

interface BoundInput {
  readonly input: ModelInput;
  readonly source: InputSource;
}

/** Observations to tensors and tensors to actions, as one manifest says. It runs no model and holds no memory. */
export class Policy {
  readonly manifest: PolicyManifest;
  readonly #model: ModelSpec;
  readonly #output: ModelOutput;
  readonly #inputs: readonly BoundInput[];
  readonly #text: InstructionEncoder | undefined;
  readonly #takesState: boolean;
  /** Those that the model sees. */
  readonly #cameras: PolicyManifest['inputs']['cameras'];
  readonly #decoder: ActionDecoder;

  /**
   * @throws VLAError UNSUPPORTED_POLICY naming every feature that this version does not run; TOKENIZER_MISSING
   */
  constructor(manifest: PolicyManifest, options: PolicyOptions = {}) {
    refuseUnsupported(manifest);
    const model = modelsOf(manifest.stages)[0]?.model;
    const output = model?.outputs.find(({ name }) => `${model.id}.${name}` === manifest.stages.output);
    if (model === undefined || output === undefined)
      throw new VLAError('MANIFEST_INVALID', `stages.output: no model puts out ${manifest.stages.output}`, {
        hint: 'Make the manifest with parseManifest.',
      });
    const { text } = manifest.inputs;
    this.manifest = manifest;
    this.#model = model;
    this.#output = output;
    this.#text =
      text === undefined || text.mode === 'none'
        ? undefined
        : new InstructionEncoder(text, options.tokenizer);
    this.#inputs = model.inputs.map((input) => ({
      input,
      source: createSource(input.from, input.dtype, manifest.inputs),
    }));
    const sources = model.inputs.flatMap(({ from }) =>
      typeof from === 'object' && 'concat' in from ? from.concat : [from],
    );
    this.#takesState = sources.includes('state');
    this.#cameras = manifest.inputs.cameras.filter(({ id }) => sources.includes(`camera:${id}`));
    this.#decoder = new ActionDecoder(manifest);
  }

  /**
   * The shape of every model input for this observation, batch 1, open sizes resolved.
   *
   * @throws VLAError as {@link encode}
   */
  inputShapes(observation: Observation): Record<string, readonly number[]> {
    const checked = this.#check(observation);
    return Object.fromEntries(
      this.#inputs.map(({ input, source }) => [input.name, this.#shapeOf(input, source, checked)]),
    );
  }

  /**
   * Writes the observation into tensors of the shapes of {@link inputShapes}: every element of every input.
   *
   * @throws VLAError INVALID_ARGUMENT for a missing camera, an empty instruction or tensors that do not fit;
   *   INVALID_IMAGE, UNSUPPORTED_ENCODING, INVALID_STATE, UNKNOWN_WORDS or INSTRUCTION_TOO_LONG for what is wrong
   *   with the observation
   */
  encode(observation: Observation, inputs: TensorMap): EncodedText {
    const checked = this.#check(observation);
    for (const { input, source } of this.#inputs) {
      const tensor = inputs[input.name];
      const shape = this.#shapeOf(input, source, checked);
      if (tensor?.dtype !== input.dtype || !sameShape(tensor.shape, shape))
        throw new VLAError(
          'INVALID_ARGUMENT',
          `input ${input.name}: expected ${input.dtype} [${shape}], ` +
            `got ${tensor === undefined ? 'nothing' : `${tensor.dtype} [${tensor.shape}]`}`,
          { hint: 'Allocate the tensors with the shapes of inputShapes().' },
        );
      source.write(checked, tensor);
    }
    return {
      unknownWords: checked.tokens?.unknownWords ?? [],
      truncated: checked.tokens?.truncated ?? false,
    };
  }

  /**
   * Hash of the frames that the model sees, in the order of the cameras: equal for equal images. Undefined when it sees
   * none.
   *
   * @param observation one that was encoded, its frames unchanged since
   */
  fingerprint({ images }: Observation): number | undefined {
    const frames = this.#cameras.map((camera) => findFrame(camera, images));
    return framesFingerprint(frames.filter((frame) => frame !== undefined));
  }

  /**
   * The action chunk in what the model put out: steps from `chunk.startIndex` on, absolute, in rad and m, grippers
   * from 0 (open) to 1 (closed).
   *
   * @param observation the one that was encoded for this output: relative actions start from its state
   * @throws VLAError INVALID_OUTPUT for a wrong shape or type, NaN or infinite values; INVALID_STATE
   */
  decode(outputs: TensorMap, observation: Observation, meta: ChunkMeta): ActionChunk {
    const data = this.#decoder.decode(
      readActionRows(outputs, this.#output, this.manifest.chunk.horizon, this.manifest.action.modelDim),
      observation.state,
    );
    return new ActionChunk({
      data,
      dims: this.#decoder.dims,
      secondsPerWaypoint: this.manifest.chunk.dt,
      capturedAt: observation.capturedAt,
      sequence: meta.sequence,
      ...(meta.frameFingerprint !== undefined && { frameFingerprint: meta.frameFingerprint }),
      ...(meta.timing && { timing: meta.timing }),
    });
  }

  /**
   * Checks that a loaded model is the one that the manifest describes.
   *
   * @throws VLAError MODEL_MISMATCH with one line per difference
   */
  checkModel(inputs: readonly TensorInfo[], outputs: readonly TensorInfo[]): void {
    checkModelContract(this.#model, inputs, outputs);
  }

  #check(observation: Observation): CheckedObservation {
    return checkObservation(observation, this.manifest.inputs, this.#text, this.#takesState);
  }

  #shapeOf(input: ModelInput, source: InputSource, observation: CheckedObservation): readonly number[] {
    const given = source.shape(observation);
    if (given === undefined) return input.shape.map((size) => (typeof size === 'number' ? size : 1));
    const shape = resolveShape(input.shape, given);
    if (shape === undefined)
      throw new VLAError(
        'INVALID_ARGUMENT',
        `input ${input.name}: expected values for shape [${input.shape}], the observation gives [${given}]`,
        { hint: 'Compare the shape in policy.json with what the source of this input gives.' },
      );
    return shape;
  }
}
