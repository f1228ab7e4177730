import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { VLAError } from '../errors.js';
import type { CameraFrame } from './camera-frame.js';
import { recordedFields } from './golden.js';
import { describeIssue } from './manifest-issues.js';
import type { Observation } from './observation.js';
import { JsonSyntaxError, parseJson } from './parse-json.js';
import { BYTES_PER_PIXEL, checkFrame } from './pixel-formats.js';

const recorded = z.object(recordedFields);

/**
 * Observations that were recorded on the robot or in simulation, to judge or calibrate a model with. A file holds one
 * JSON object per line, `{ images: { <camera>: { encoding, width, height, data } }, instruction?, state? }`, frames as
 * base64 of tightly packed rows; or one such object alone, which a golden observation is. Of a directory all `.jsonl`
 * and `.json` files are read, in the order of their names.
 *
 * @param limit most observations that are kept: evenly spread ones over all that there are
 * @throws VLAError BUNDLE_NOT_FOUND when there is no such file, or a directory without any; INVALID_ARGUMENT with file
 *   and line of what is no observation, among those that are kept
 */
export async function readObservations(
  source: string,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<readonly Observation[]> {
  const files = await filesOf(source);
  let total = 0;
  for (const file of files) for await (const _ of recordsOf(file)) total++;
  if (total === 0)
    throw new VLAError('BUNDLE_NOT_FOUND', `expected recorded observations, found none in ${source}`, {
      hint: 'Record some: one JSON object per line, as docs/from-checkpoint-to-robot.md shows.',
    });
  const share = Math.max(1, total / limit);
  const kept: Observation[] = [];
  let index = 0;
  for (const file of files)
    for await (const record of recordsOf(file))
      if (index++ === Math.floor(kept.length * share)) kept.push(parse(record));
  return kept;
}

/**
 * An observation as one line for {@link readObservations}, with its newline.
 *
 * @throws VLAError INVALID_IMAGE or UNSUPPORTED_ENCODING for a frame that is not what it says
 */
export function observationLine({ images, instruction, state }: Omit<Observation, 'capturedAt'>): string {
  const frames = Object.entries(images).map(([camera, frame]) => [camera, packed(frame)]);
  return `${JSON.stringify({
    images: Object.fromEntries(frames),
    ...(instruction !== undefined && { instruction }),
    ...(state !== undefined && { state }),
  })}\n`;
}

function packed(frame: CameraFrame) {
  checkFrame(frame);
  const { encoding, width, height, data, step } = frame;
  const row = width * BYTES_PER_PIXEL[encoding];
  const rows = Array.from({ length: height }, (_, y) =>
    data.subarray(y * (step ?? row), y * (step ?? row) + row),
  );
  return { encoding, width, height, data: Buffer.concat(rows).toString('base64') };
}

async function filesOf(source: string): Promise<readonly string[]> {
  try {
    if (!(await stat(source)).isDirectory()) return [source];
    const names = (await readdir(source)).filter((name) => /\.jsonl?$/.test(name)).sort();
    return names.map((name) => path.join(source, name));
  } catch (cause) {
    throw new VLAError('BUNDLE_NOT_FOUND', `expected recorded observations, found nothing at ${source}`, {
      hint: 'Give a .jsonl or .json file, or a directory of them.',
      cause,
    });
  }
}

interface ObservationRecord {
  /** File and line, for messages. */
  readonly where: string;
  readonly text: string;
}

/** Line by line: hours of frames are more than one string can hold. */
async function* recordsOf(file: string): AsyncGenerator<ObservationRecord> {
  try {
    if (!file.endsWith('.jsonl')) {
      yield { where: file, text: await readFile(file, 'utf8') };
      return;
    }
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line++;
      if (text.trim() !== '') yield { where: `${file}:${line}`, text };
    }
  } catch (cause) {
    throw new VLAError('BUNDLE_NOT_FOUND', `recorded observations cannot be read from ${file}`, {
      hint: 'Check the permissions of the file.',
      cause,
    });
  }
}

function parse({ where, text }: ObservationRecord): Observation {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw invalid(where, cause.message);
  }
  const result = recorded.safeParse(json);
  if (!result.success)
    throw invalid(where, result.error.issues.map((issue) => describeIssue(issue, json).line).join('; '));
  const { images, instruction, state } = result.data;
  for (const [camera, frame] of Object.entries(images)) requireWhole(where, camera, frame);
  return {
    images,
    capturedAt: 0,
    ...(instruction !== undefined && { instruction }),
    ...(state !== undefined && { state }),
  };
}

function requireWhole(where: string, camera: string, frame: CameraFrame): void {
  try {
    checkFrame(frame);
  } catch (cause) {
    if (!(cause instanceof VLAError)) throw cause;
    throw invalid(where, `images.${camera}: ${cause.message}`);
  }
}

function invalid(where: string, problem: string): VLAError {
  return new VLAError('INVALID_ARGUMENT', `${where}: no recorded observation: ${problem}`, {
    hint: 'Record it again; docs/from-checkpoint-to-robot.md has the format.',
  });
}
