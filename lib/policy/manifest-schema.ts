import { z } from 'zod';
import { action } from './manifest-action.js';
import {
  bundlePath,
  crossCheck,
  nonEmpty,
  nonNegativeInt,
  positive,
  positiveInt,
  sha256,
} from './manifest-fields.js';
import { inputs } from './manifest-inputs.js';
import { type ModelSpec, modelsOf, type Source, type Stages, stages } from './manifest-stages.js';
import { checkManifest } from './manifest-wiring.js';

const chunk = z.object({
  horizon: positiveInt.exactOptional(),
  startIndex: nonNegativeInt.default(0),
  dt: positive,
  execute: positiveInt.exactOptional(),
  ensembleCoeff: z.number().exactOptional(),
});

const tolerance = z.object({ maxAbs: z.number().nonnegative(), cosine: z.number().min(-1).max(1) });

/** Token ids are exact. 0.01 rad and 0.999 leave room for float16 engines and other GPUs, not for wrong inputs. */
const DEFAULT_TOLERANCE = {
  token_ids: { maxAbs: 0, cosine: -1 },
  action_chunk: { maxAbs: 0.01, cosine: 0.999 },
};

const golden = z.object({
  file: bundlePath,
  contains: z
    .array(z.enum(['raw_obs', 'token_ids', 'noise', 'model_chunk', 'action_chunk']))
    .default(['raw_obs', 'action_chunk']),
  tolerance: z
    .record(z.string(), tolerance)
    .default({})
    .transform((given) => ({ ...DEFAULT_TOLERANCE, ...given })),
});

const provenance = z
  .object({
    source: z.string().default('unknown'),
    revision: z.string().default('unknown'),
    weightsSha256: sha256.exactOptional(),
    tools: z.record(z.string(), z.string()).default({}),
    normStatsFrom: z.string().default('unknown'),
    dataset: z.string().exactOptional(),
  })
  .prefault({});

const licence = z
  .object({
    spdx: nonEmpty.default('NOASSERTION'),
    weights: z.string().exactOptional(),
    base: z.string().exactOptional(),
    tokenizer: z.string().exactOptional(),
    url: z.string().exactOptional(),
  })
  .prefault({});

/** A script of the user's own package.json: a bundle must not bring commands of its own. */
const evaluator = z.object({
  script: z.string().regex(/^[\w:-]+$/, { error: 'the name of an npm script' }),
  /** A shell sees them, so they hold nothing that it could act on. */
  args: z
    .array(z.string().regex(/^[\w:.,=+-]+$/, { error: 'letters, digits and any of _ : . , = + -' }))
    .exactOptional(),
});

const fields = z.object({
  schema: z.literal('jetson-vla/policy'),
  version: z.literal(1),
  id: nonEmpty,
  name: nonEmpty.exactOptional(),
  family: nonEmpty.default('custom'),
  requires: z.array(nonEmpty).exactOptional(),
  robot: z
    .object({ embodiment: nonEmpty.default('unspecified'), embodimentId: nonNegativeInt.exactOptional() })
    .prefault({}),
  inputs,
  stages,
  action,
  chunk,
  golden: z.array(golden).default([]),
  evaluator: evaluator.exactOptional(),
  provenance,
  licence,
});

/** The last model's only output; a model with several has to say which of them is the action. */
function defaultOutput(value: Stages): string | undefined {
  const last: ModelSpec | undefined = modelsOf(value).at(-1)?.model;
  const [only, ...others] = last?.outputs ?? [];
  return last !== undefined && only !== undefined && others.length === 0
    ? `${last.id}.${only.name}`
    : undefined;
}

/** Every output of every model as `<model>.<output>`, with its shape. */
function outputShapes(value: Stages): ReadonlyMap<string, readonly (number | string)[]> {
  return new Map(
    modelsOf(value).flatMap(({ model }) =>
      model.outputs.map(({ name, shape }) => [`${model.id}.${name}`, shape] as const),
    ),
  );
}

/** The static number of ids that the model takes. */
function staticTokens(value: Stages): number | undefined {
  const takesIds = modelsOf(value).flatMap(({ model }) =>
    model.inputs.filter(({ from }) => from === 'text.ids'),
  );
  const tokens = takesIds[0]?.shape.at(-1);
  return typeof tokens === 'number' ? tokens : undefined;
}

/** Whether a source takes from a camera, alone or joined with others. */
function takesCamera(from: Source, id: string): boolean {
  const names = typeof from === 'string' ? [from] : 'concat' in from ? from.concat : [];
  return names.includes(`camera:${id}`);
}

/** 8-bit inputs take raw pixel values; all others values in 0..1. */
function defaultScale(value: Stages, camera: string): number {
  const inputs = modelsOf(value).flatMap(({ model }) => model.inputs);
  const fed = inputs.filter(({ from }) => takesCamera(from, camera));
  return fed.length > 0 && fed.every(({ dtype }) => dtype === 'uint8') ? 1 : 1 / 255;
}

/** Fills in what one section says about another, so that a small manifest says each thing once. */
const resolved = fields.transform((value, context) => {
  const problem = (path: string[], expected: string, got = 'nothing') => {
    context.issues.push({
      code: 'custom',
      path,
      message: `expected ${expected}, got ${got}`,
      input: value,
    });
  };
  const shapes = outputShapes(value.stages);
  const output = value.stages.output ?? defaultOutput(value.stages);
  if (output === undefined)
    problem(['stages', 'output'], 'the output that is the action, because the last model has several');
  else if (!shapes.has(output) && !(value.stages.kind === 'flow' && output === 'x_t'))
    problem(['stages', 'output'], `one of ${[...shapes.keys()].join(', ')}`, JSON.stringify(output));
  // A tensor's second-last dimension is the number of steps that it holds.
  const steps = shapes.get(output ?? '')?.at(-2);
  const horizon = value.chunk.horizon ?? (typeof steps === 'number' ? steps : undefined);
  if (horizon === undefined && output !== undefined && (shapes.has(output) || output === 'x_t'))
    problem(['chunk', 'horizon'], 'the number of steps, because the shape of the output leaves it open');
  if (output === undefined || horizon === undefined) return z.NEVER;
  const { startIndex, execute = Math.max(1, horizon - startIndex) } = value.chunk;
  const { text, ...otherInputs } = value.inputs;
  const cameras = value.inputs.cameras.map((camera) => ({
    ...camera,
    scale: camera.scale ?? defaultScale(value.stages, camera.id),
  }));
  const usesIds = text?.mode === 'runtime' || text?.mode === 'fixed';
  const maxLength = text?.maxLength ?? (usesIds ? staticTokens(value.stages) : undefined) ?? 0;
  if (usesIds && maxLength === 0)
    problem(
      ['inputs', 'text', 'maxLength'],
      'the number of ids, because no shape says it',
      String(text.maxLength ?? 'nothing'),
    );
  return {
    ...value,
    name: value.name ?? value.id,
    inputs: { ...otherInputs, cameras, ...(text && { text: { ...text, maxLength } }) },
    stages: { ...value.stages, output },
    chunk: { ...value.chunk, horizon, execute },
  };
});

/** A valid manifest with every default filled in. Field by field: the bundle's documentation. */
export type PolicyManifest = z.infer<typeof resolved>;

/** One camera and how its frames become the tensor that the model was trained on. */
export type CameraSpec = PolicyManifest['inputs']['cameras'][number];

export const policyManifest = resolved.check(crossCheck(checkManifest));
