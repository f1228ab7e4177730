import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { VLAError } from '../errors.js';
import { nonEmpty, nonNegativeInt, positiveInt, sha256 } from '../policy/manifest-fields.js';
import { JsonSyntaxError, parseJson } from '../policy/parse-json.js';

const SCHEMA = 'jetson-vla/engine';
const VERSION = 1;

/** −1 for a dynamic dimension. */
const shape = z.array(z.number().int().min(-1));

const tensor = z.object({
  name: nonEmpty,
  dtype: nonEmpty,
  shape,
  location: z.enum(['device', 'host']),
  profiles: z.array(z.object({ min: shape, opt: shape, max: shape })).exactOptional(),
});

const passport = z.object({
  schema: z.literal(SCHEMA),
  version: z.literal(VERSION),
  /** ISO 8601. */
  createdAt: nonEmpty,
  /** The package and its version, such as `jetson-vla 0.1.0`. */
  createdBy: nonEmpty,
  /** The engine file; it lies beside the passport. */
  file: nonEmpty,
  sha256,
  bytes: positiveInt,
  /** Milliseconds since 1970: with `bytes` it tells cheaply whether the file was touched since it was hashed. */
  modifiedMs: z.number(),
  /** What it was built from. Weights in files beside the ONNX file are not covered. */
  onnx: z.object({ file: nonEmpty, sha256 }),
  /** Of the TensorRT that built it, such as `10.3.0`. */
  tensorrt: nonEmpty,
  gpu: nonEmpty,
  /** Compute capability, such as `8.7`. */
  sm: nonEmpty,
  /** Such as `linux-arm64`. */
  platform: nonEmpty,
  options: z.object({
    /** What TensorRT was allowed to compute in besides float32; empty: only what the ONNX file says. */
    precision: z.array(z.enum(['fp16', 'bf16', 'int8', 'fp8'])),
    tf32: z.boolean(),
    stronglyTyped: z.boolean(),
    versionCompatible: z.boolean(),
    hardwareCompatible: z.boolean(),
    workspaceMiB: positiveInt.exactOptional(),
    optimisationLevel: nonNegativeInt.exactOptional(),
  }),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
});

/**
 * What `jetson-vla build` writes beside an engine, as `<engine>.json`: what it was built from, with what, and for
 * which machine.
 */
export type EnginePassport = z.infer<typeof passport>;

/** What a build adds to {@link EnginePassport}. */
export const PASSPORT_HEADER = { schema: SCHEMA, version: VERSION } as const;

export function passportFile(engine: string): string {
  return `${engine}.json`;
}

/**
 * The passport of an engine, or undefined when it has none.
 *
 * @param file the engine, or the passport itself
 * @throws VLAError MANIFEST_INVALID for a file that is no passport, or one of a newer version
 */
export async function readPassport(file: string): Promise<EnginePassport | undefined> {
  const path = file.endsWith('.json') ? file : passportFile(file);
  let json: unknown;
  try {
    json = parseJson(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    const reason = cause instanceof JsonSyntaxError ? cause.message : String(cause);
    throw unreadable(path, reason, cause);
  }
  const parsed = passport.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`, parsed.error);
}

function unreadable(path: string, reason: string, cause: unknown): VLAError {
  return new VLAError('MANIFEST_INVALID', `${path} is no engine passport of version ${VERSION}: ${reason}`, {
    hint: 'Build the engine again, or delete the passport: the engine runs without.',
    cause,
  });
}
