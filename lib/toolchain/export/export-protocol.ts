import { z } from 'zod';

/** What the Python side asks first: the inputs of the policy whose manifest it knows in part. */
export const describeQuestion = z.object({ manifest: z.record(z.string(), z.unknown()) });

/** What it asks once the network has run: the observations as tensors. */
export const encodeQuestion = z.object({ shape: z.tuple([z.number(), z.number(), z.number()]) });

/** Null where a value was no number. */
const parity = z
  .object({
    samples: z.number(),
    count: z.number(),
    maxAbs: z.number().nullable(),
    meanAbs: z.number().nullable(),
    cosine: z.number().nullable(),
    worst: z.string(),
    /** The largest value that PyTorch gave. */
    scale: z.number(),
  })
  .transform(({ maxAbs, meanAbs, cosine, ...others }) => ({
    ...others,
    maxAbs: maxAbs ?? Number.POSITIVE_INFINITY,
    meanAbs: meanAbs ?? Number.POSITIVE_INFINITY,
    cosine: cosine ?? 0,
  }));

/** What the command `export` of python/jetson_vla_tools gives back. */
export const exportResult = z.object({
  opset: z.number(),
  exporter: z.string(),
  externalData: z.string().nullable(),
  weightsSha256: z.string().nullable(),
  random: parity,
  observed: parity,
  /** The files of PyTorch's outputs for each observation. */
  expected: z.array(z.record(z.string(), z.string())),
  tools: z.record(z.string(), z.string()),
});

export type ExportResult = z.infer<typeof exportResult>;
