import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { VLAError } from '../../errors.js';
import { describeIssue } from '../../policy/manifest-issues.js';
import { parseJson } from '../../policy/parse-json.js';

const dim = z.looseObject({
  name: z.string(),
  unit: z.string().exactOptional(),
  gripper: z.looseObject({ open: z.number(), closed: z.number() }).exactOptional(),
});

/** A column of a state or an action as far as it is known. */
export type PartialDim = z.infer<typeof dim>;

const vector = z.looseObject({ dims: z.array(dim).exactOptional() });

/** The parts of policy.json that the export has to look at; all others are only carried along. */
const partialManifest = z.looseObject({
  schema: z.literal('jetson-vla/policy').exactOptional(),
  version: z.literal(1).exactOptional(),
  id: z.string().exactOptional(),
  inputs: z
    .looseObject({
      cameras: z.array(z.looseObject({ id: z.string() })).exactOptional(),
      text: z
        .looseObject({
          mode: z.string().default('runtime'),
          maxLength: z.number().exactOptional(),
          tokenizer: z.looseObject({ file: z.string() }).exactOptional(),
        })
        .exactOptional(),
      state: vector.exactOptional(),
    })
    .prefault({}),
  stages: z
    .looseObject({
      kind: z.literal('single').default('single'),
      models: z
        .tuple([
          z.looseObject({ id: z.string().default('model'), inputs: z.array(z.unknown()).exactOptional() }),
        ])
        .prefault([{}]),
    })
    .prefault({}),
  action: vector.prefault({}),
  chunk: z
    .looseObject({
      dt: z.number().exactOptional(),
      horizon: z.number().exactOptional(),
      startIndex: z.number().exactOptional(),
      execute: z.number().exactOptional(),
    })
    .prefault({}),
  /** The observation itself is made by the export; how close other models have to come to it may be said. */
  golden: z
    .array(z.looseObject({ tolerance: z.unknown().optional() }))
    .max(1)
    .exactOptional(),
  provenance: z.looseObject({}).prefault({}),
});

/** A policy.json from which parts may be missing. */
export type PartialManifest = z.infer<typeof partialManifest>;

/**
 * @param name of where it comes from, for messages
 * @throws VLAError MANIFEST_INVALID with one line per problem
 */
export function parsePartialManifest(json: unknown, name: string): PartialManifest {
  const result = partialManifest.safeParse(json);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${name}: ${describeIssue(issue, json).line}`);
  throw new VLAError('MANIFEST_INVALID', lines.join('\n'), {
    hint: 'It has the form of policy.json, with only the parts that you want to say.',
  });
}

/**
 * Reads the file that `--manifest` names. Its tokenizer lies relative to it.
 *
 * @throws VLAError BUNDLE_NOT_FOUND when there is none; MANIFEST_INVALID
 */
export async function readPartialManifest(file: string): Promise<PartialManifest> {
  let json: unknown;
  try {
    json = parseJson(await readFile(file, 'utf8'));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw cause instanceof Error && 'code' in cause
      ? new VLAError('BUNDLE_NOT_FOUND', `expected a manifest at ${file}: ${problem}`, { cause })
      : new VLAError('MANIFEST_INVALID', `${file}: expected JSON, ${problem}`, { cause });
  }
  const manifest = parsePartialManifest(json, file);
  const { tokenizer } = manifest.inputs.text ?? {};
  if (tokenizer !== undefined) tokenizer.file = path.resolve(path.dirname(file), tokenizer.file);
  return manifest;
}
