import { z } from 'zod';
import { VLAError } from '../errors.js';
import { FRAME_ENCODINGS } from './camera-frame.js';
import { describeIssue } from './manifest-issues.js';
import type { Observation } from './observation.js';

const frame = z.object({
  encoding: z.enum(FRAME_ENCODINGS),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** Tightly packed rows. */
  data: z
    .string()
    .refine(isBase64, { error: 'base64' })
    .transform((text) => new Uint8Array(Buffer.from(text, 'base64'))),
});

/** What every recorded observation has, golden or not. */
export const recordedFields = {
  images: z.record(z.string(), frame).default({}),
  instruction: z.string().exactOptional(),
  state: z.array(z.number()).exactOptional(),
};

const goldenFile = z.object({
  ...recordedFields,
  tokenIds: z.array(z.number().int().nonnegative()).exactOptional(),
  actionChunk: z.array(z.array(z.number()).min(1)).min(1),
});

/** A pattern for whole groups of four makes the regular expression engine run out of stack on a camera frame. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** One observation with what the policy made of it where it was exported. */
export interface GoldenObservation {
  readonly observation: Observation;
  /** Ids of the instruction, padded. */
  readonly tokenIds?: readonly number[];
  /** Waypoints × action, in the units of an ActionChunk. */
  readonly actionChunk: readonly (readonly number[])[];
}

/**
 * Reads the contents of a golden file:
 * `{ images: { <camera>: { encoding, width, height, data } }, instruction?, state?, tokenIds?, actionChunk }`, images as
 * base64 of tightly packed rows, `actionChunk` as waypoints × action in the units of an {@link ActionChunk}.
 *
 * @param name of the file, for messages
 * @throws VLAError MANIFEST_INVALID with one line per problem
 */
export function parseGolden(json: unknown, name: string): GoldenObservation {
  const result = goldenFile.safeParse(json);
  if (!result.success)
    throw invalid(
      name,
      result.error.issues.map((issue) => describeIssue(issue, json).line),
    );
  const { images, instruction, state, tokenIds, actionChunk } = result.data;
  const uneven = actionChunk.findIndex((row) => row.length !== actionChunk[0]?.length);
  if (uneven >= 0)
    throw invalid(name, [
      `actionChunk[${uneven}]: expected ${actionChunk[0]?.length} values as in the first row, got ${actionChunk[uneven]?.length}`,
    ]);
  return {
    observation: {
      images,
      capturedAt: 0,
      ...(instruction !== undefined && { instruction }),
      ...(state !== undefined && { state }),
    },
    actionChunk,
    ...(tokenIds !== undefined && { tokenIds }),
  };
}

function invalid(name: string, problems: readonly string[]): VLAError {
  return new VLAError('MANIFEST_INVALID', problems.map((problem) => `${name}: ${problem}`).join('\n'), {
    hint: 'Record the golden observation again with the policy that it belongs to.',
  });
}
