import { z } from 'zod';
import {
  bundlePath,
  checkUnique,
  crossCheck,
  dtype,
  modelId,
  nonEmpty,
  nonNegativeInt,
  positive,
  positiveInt,
  sha256,
  slice,
  tensorShape,
} from './manifest-fields.js';

const source = z.union(
  [
    nonEmpty,
    z.object({
      concat: z.array(nonEmpty).min(1),
      axis: nonNegativeInt,
      stack: z.boolean().exactOptional(),
    }),
    z.object({ const: z.union([z.number(), z.array(z.number()).min(1)]) }),
  ],
  { error: 'a source such as "camera:<id>", {"concat": […], "axis": 1} or {"const": 0}' },
);

const input = z.object({ name: nonEmpty, dtype, shape: tensorShape, from: source });

const output = z.object({
  name: nonEmpty,
  dtype,
  shape: tensorShape,
  residency: z.enum(['device', 'host']).default('host'),
});

/** External data are weights too: with an object they are checked like the model, with a bare name they are not. */
const externalData = z.union([bundlePath, z.object({ file: bundlePath, sha256 })], {
  error: 'a path inside the bundle, or {"file", "sha256"}',
});

const artifact = z.object({
  format: z.enum(['onnx', 'engine']),
  file: bundlePath,
  sha256,
  externalData: z.array(externalData).exactOptional(),
  precision: nonEmpty.default('float32'),
  opset: positiveInt.exactOptional(),
  exporter: z.string().exactOptional(),
  tensorrt: z.string().exactOptional(),
  sm: z.string().exactOptional(),
  platform: z.string().exactOptional(),
  stronglyTyped: z.boolean().exactOptional(),
});

const profile = z.object({ min: positiveInt, opt: positiveInt, max: positiveInt }).check(
  crossCheck(({ min, opt, max }, report) => {
    if (!(min <= opt && opt <= max)) report([], 'min ≤ opt ≤ max', `${min}, ${opt}, ${max}`);
  }),
);

const model = z
  .object({
    id: modelId.default('model'),
    inputs: z.array(input).min(1),
    outputs: z.array(output).min(1),
    artifacts: z.array(artifact).min(1),
    profiles: z.record(z.string(), profile).exactOptional(),
  })
  .check(
    crossCheck((value, report) => {
      for (const field of ['inputs', 'outputs'] as const)
        checkUnique(
          value[field].map(({ name }) => name),
          (index) => [field, index, 'name'],
          report,
        );
    }),
  );

const sampler = z
  .object({
    type: z.enum(['euler']),
    steps: positiveInt,
    tStart: z.number(),
    tEnd: z.number(),
    timestep: z.object({
      scale: z.number(),
      dtype,
      rounding: z.enum(['trunc']).exactOptional(),
      shape: z.enum(['[B]', '[B,H]']),
    }),
    accumulate: z.enum(['float32']).default('float32'),
    noise: z.object({ dist: z.enum(['normal']).default('normal'), shape: z.array(positiveInt).min(1) }),
  })
  .check(
    crossCheck(({ tStart, tEnd }, report) => {
      if (tStart === tEnd) report(['tEnd'], 'a time other than tStart', String(tEnd));
    }),
  );

export const stages = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('single'), models: z.tuple([model]), output: nonEmpty.exactOptional() }),
  z.object({
    kind: z.literal('flow'),
    prefix: z.array(model),
    step: z.array(model).min(1),
    decode: z.array(model).exactOptional(),
    velocity: nonEmpty,
    velocitySlice: slice.exactOptional(),
    sampler,
    rtc: z
      .object({
        modes: z.array(z.enum(['guided_elementwise', 'hard_prefix', 'velocity_mask'])).min(1),
        maxTrainedDelay: positive.int().exactOptional(),
      })
      .exactOptional(),
    output: nonEmpty.exactOptional(),
  }),
]);

/** Where the values of a model input come from. */
export type Source = z.infer<typeof source>;
export type ModelInput = z.infer<typeof input>;
export type ModelOutput = z.infer<typeof output>;
/** One file that a model can be run from: ONNX for any backend, an engine for one TensorRT and one GPU. */
export type Artifact = z.infer<typeof artifact>;
export type ModelSpec = z.infer<typeof model>;
export type Stages = z.infer<typeof stages>;

/** The models of all stages in the order in which they run, with their path in the manifest. */
export function modelsOf(value: Stages): readonly { model: ModelSpec; path: readonly (string | number)[] }[] {
  const lists: readonly (readonly [string, readonly ModelSpec[]])[] =
    value.kind === 'single'
      ? [['models', value.models]]
      : [
          ['prefix', value.prefix],
          ['step', value.step],
          ['decode', value.decode ?? []],
        ];
  return lists.flatMap(([name, models]) =>
    models.map((entry, index) => ({ model: entry, path: ['stages', name, index] })),
  );
}
