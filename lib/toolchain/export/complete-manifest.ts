import { VLAError } from '../../errors.js';
import { type PolicyManifest, parseManifest } from '../../policy/manifest.js';
import type { JsonObject } from './merge-json.js';
import type { PartialManifest } from './partial-manifest.js';

export const TOKENIZER_FILE = 'tokenizer.json';
export const MODEL_FILE = 'model.onnx';
export const GOLDEN_FILE = 'golden.json';

/** What the manifest says about files before they are there. */
const NOT_YET = '0'.repeat(64);

export interface ManifestFacts {
  /** Of the tokenizer that the policy takes. */
  readonly tokenizerSha256: string | undefined;
  /** What the network gave for a batch of 1; unknown before it has run. */
  readonly shape?: readonly [batch: number, horizon: number, width: number];
  /** Of the exported file: `sha256`, `opset`, `exporter`, `externalData`. */
  readonly artifact?: JsonObject;
  /** What the golden observation contains. */
  readonly golden?: readonly string[];
  /** Where it comes from, unless the manifest's own provenance says better. */
  readonly source?: string;
  /** What was found out, whatever the manifest says: it may be that of an earlier export. */
  readonly provenance?: JsonObject;
}

/** The contents of policy.json: what was given, in the order in which a person reads it, and no defaults. */
export function completeManifest(draft: PartialManifest, facts: ManifestFacts): JsonObject {
  const { id, name, family, robot, inputs, stages, action, chunk, provenance, licence, ...rest } = draft;
  const { schema: _schema, version: _version, golden: [{ tolerance } = {}] = [], ...others } = rest;
  const { tokenizerSha256, shape, artifact, golden, source, provenance: found } = facts;
  const { output: _output, ...stage } = stages;
  const [{ outputs: _outputs, artifacts: _artifacts, ...model }] = stages.models;
  return {
    schema: 'jetson-vla/policy',
    version: 1,
    ...present({ id, name, family, robot }),
    inputs: {
      ...inputs,
      ...(inputs.text &&
        tokenizerSha256 !== undefined && {
          text: { ...inputs.text, tokenizer: { file: TOKENIZER_FILE, sha256: tokenizerSha256 } },
        }),
    },
    stages: {
      ...stage,
      models: [
        {
          ...model,
          outputs: [{ name: 'actions', dtype: 'float32', shape: outputShape(draft, shape) }],
          artifacts: [{ format: 'onnx', file: MODEL_FILE, sha256: NOT_YET, ...artifact }],
        },
      ],
    },
    action,
    chunk: {
      ...chunk,
      // Steps are known only once the network has run; any number that fits will do until then.
      ...(shape === undefined && {
        horizon: chunk.horizon ?? (chunk.startIndex ?? 0) + (chunk.execute ?? 1),
      }),
    },
    ...others,
    ...(golden && { golden: [{ file: GOLDEN_FILE, contains: golden, ...present({ tolerance }) }] }),
    provenance: { ...present({ source }), ...provenance, ...found },
    ...present({ licence }),
  };
}

/** A manifest as a person reads it: lists of numbers and names in one line each. */
export function manifestText(json: JsonObject): string {
  const text = JSON.stringify(json, null, 2);
  return `${text.replace(/\[\n([^[\]{}]*?)\n *\]/g, (_, items: string) => `[${items.trim().replace(/\n */g, ' ')}]`)}\n`;
}

/**
 * The manifest that {@link completeManifest} gives, checked.
 *
 * @throws VLAError MANIFEST_INVALID, UNSUPPORTED_POLICY; INVALID_ARGUMENT when the action's names are not as many as the
 *   network's values
 */
export function checkedManifest(draft: PartialManifest, facts: ManifestFacts): PolicyManifest {
  const { dims = [], modelDim, padTo } = draft.action;
  const named = typeof modelDim === 'number' ? modelDim : typeof padTo === 'number' ? padTo : dims.length;
  const width = facts.shape?.[2];
  if (width !== undefined && width !== named)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `the policy gives ${width} values per waypoint, and ${named} are named: ${dims.map(({ name }) => name).join(', ')}`,
      { hint: 'Name every value, in the order of the output, with --joints and --gripper.' },
    );
  try {
    return parseManifest(JSON.parse(JSON.stringify(completeManifest(draft, facts)))).manifest;
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    throw new VLAError(error.code, error.message, {
      hint: 'These are places in policy.json; say them right in the options, or in the file of --manifest.',
      cause: error,
    });
  }
}

function outputShape({ stages }: PartialManifest, shape: ManifestFacts['shape']) {
  const isBatched = (stages.models[0].inputs ?? []).every(
    (input) =>
      typeof input === 'object' &&
      input !== null &&
      'shape' in input &&
      Array.isArray(input.shape) &&
      typeof input.shape[0] === 'string',
  );
  return [isBatched ? 'batch' : 1, ...(shape?.slice(1) ?? ['steps', 'values'])];
}

function present(fields: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
