import { mkdir, readFile } from 'node:fs/promises';
import { fileSha256 } from '../../engine/file-sha256.js';
import { VLAError } from '../../errors.js';
import type { Observation } from '../../policy/observation.js';
import { Policy } from '../../policy/policy.js';
import type { TensorMap } from '../../policy/tensor.js';
import { TextTokenizer } from '../../policy/tokenizer.js';
import { encodeObservations } from '../compare/model-policy.js';
import { readTensors, type TensorFiles, writeTensors } from '../tensor-files.js';
import { checkedManifest, type ManifestFacts } from './complete-manifest.js';
import type { ManifestFlags } from './export-options.js';
import { type Golden, goldenOf } from './golden-file.js';
import { type InputSpec, inputSpecs } from './input-specs.js';
import { madeUpObservation } from './made-up-observation.js';
import { draftManifest } from './merge-manifest.js';
import type { PartialManifest } from './partial-manifest.js';
import { vocabularySize } from './vocabulary.js';

export interface PreparationOptions {
  /** The user's partial policy.json. */
  readonly file: PartialManifest | undefined;
  readonly flags: ManifestFlags | undefined;
  /** Of a policy that nothing else names. */
  readonly id: string;
  /** Recorded ones; one is made up when there are none. */
  readonly observations: readonly Observation[];
  readonly instruction: string | undefined;
  readonly seed: number;
  /** Where tensors are exchanged with Python. */
  readonly folder: string;
  readonly onWarning: (text: string) => void;
}

interface Described {
  readonly draft: PartialManifest;
  readonly facts: ManifestFacts;
  readonly tokenizer: { readonly file: string; readonly tokenizer: TextTokenizer } | undefined;
}

interface Encoded {
  readonly policy: Policy;
  readonly observations: readonly Observation[];
  readonly tensors: readonly TensorMap[];
}

/** Node's share of an export while Python works: its two questions, and what their answers leave behind. */
export class BundlePreparation {
  readonly #options: PreparationOptions;
  #described: Described | undefined;
  #encoded: Encoded | undefined;

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  /**
   * The inputs of the network.
   *
   * @param known what the source knows of its manifest
   * @throws VLAError INVALID_ARGUMENT naming what is missing; MANIFEST_INVALID, UNSUPPORTED_POLICY,
   *   TOKENIZER_MISSING, TOKENIZER_INVALID
   */
  async describe(known: unknown): Promise<readonly InputSpec[]> {
    const { file, flags, id, onWarning } = this.#options;
    const { manifest: draft, assumptions } = draftManifest({
      known,
      id,
      ...(file && { file }),
      ...(flags && { flags }),
    });
    for (const assumption of assumptions) onWarning(assumption);
    const source = draft.inputs.text?.tokenizer?.file;
    const tokenizer =
      source === undefined ? undefined : { file: source, tokenizer: await TextTokenizer.load(source) };
    const facts = { tokenizerSha256: source === undefined ? undefined : await fileSha256(source) };
    this.#described = { draft, facts, tokenizer };
    const vocabulary = source === undefined ? 1 : vocabularySize(await readFile(source, 'utf8'));
    return inputSpecs(checkedManifest(draft, facts), vocabulary);
  }

  /**
   * The observations as tensors in files.
   *
   * @param shape of the network's output for a batch of 1
   * @throws VLAError INVALID_ARGUMENT when the output is not what was named; what `Policy.encode` throws
   */
  async encode(shape: NonNullable<ManifestFacts['shape']>): Promise<readonly TensorFiles[]> {
    const { draft, facts, tokenizer } = this.described;
    this.#described = { draft, tokenizer, facts: { ...facts, shape } };
    const manifest = checkedManifest(draft, { ...facts, shape });
    const policy = new Policy(manifest, tokenizer && { tokenizer: tokenizer.tokenizer });
    const { observations: recorded, seed, instruction, folder } = this.#options;
    const observations = recorded.length > 0 ? recorded : [madeUpObservation(manifest, seed, instruction)];
    const tensors = encodeAll(policy, observations, recorded.length > 0);
    this.#encoded = { policy, observations, tensors };
    await mkdir(folder, { recursive: true });
    return Promise.all(tensors.map((inputs, index) => writeTensors(folder, `observation.${index}`, inputs)));
  }

  /** What {@link describe} found. */
  get described(): Described {
    if (this.#described === undefined) throw new Error('the policy has not been described yet');
    return this.#described;
  }

  /**
   * The first observation with the actions that PyTorch gave for it.
   *
   * @param expected the files of PyTorch's outputs
   */
  async golden(expected: readonly TensorFiles[]): Promise<Golden> {
    const [observation] = this.#encoded?.observations ?? [];
    const [inputs] = this.#encoded?.tensors ?? [];
    const [files] = expected;
    if (
      this.#encoded === undefined ||
      observation === undefined ||
      inputs === undefined ||
      files === undefined
    )
      throw new Error('no observation has been encoded');
    return goldenOf(
      this.#encoded.policy,
      observation,
      inputs,
      await readTensors(this.#options.folder, files),
    );
  }
}

function encodeAll(
  policy: Policy,
  observations: readonly Observation[],
  isRecorded: boolean,
): readonly TensorMap[] {
  try {
    return encodeObservations(policy, observations);
  } catch (error) {
    if (isRecorded || !(error instanceof VLAError)) throw error;
    throw new VLAError(
      error.code,
      `no observation was recorded, and a made-up one does not do: ${error.message}`,
      {
        hint: 'Give one with --observations FILE, or a text that the policy knows with --instruction TEXT.',
        cause: error,
      },
    );
  }
}
