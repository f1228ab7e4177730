import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { VLAError } from '../errors.js';
import type { CameraFrame } from './camera-frame.js';
import { recordedFields } from './golden.js';
import { describeIssue } from './manifest-issues.js';
import type { Observation } from './observation.js';
import { JsonSyntaxError, parseJson } from './parse-json.js';

const recorded = z.object(recordedFields);

/**
 * Observations that were recorded on the robot or in simulation, to judge or calibrate a model with. A file holds one
 * JSON object per line, `{ images: { <camera>: { encoding, width, height, data } }, instruction?, state? }`, frames as
 * base64 of tightly packed rows; or one such object alone, which a golden observation is. Of a directory all `.jsonl`
 * and `.json` files are read, in the order of their names.
 *
 * @param limit most observations that are kept: evenly spread ones over all that there are
 * @throws VLAError BUNDLE_NOT_FOUND when there is no such file, or a directory without any; INVALID_ARGUMENT with file
 *   and line of what is no observation
 */
export async function readObservations(
  source: string,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<readonly Observation[]> {
  const files = await filesOf(source);
  const all: Observation[] = [];
  for (const file of files) all.push(...parse(file, await readFile(file, 'utf8')));
  if (all.length === 0)
    throw new VLAError('BUNDLE_NOT_FOUND', `expected recorded observations, found none in ${source}`, {
      hint: 'Record some: one JSON object per line, as docs/from-checkpoint-to-robot.md shows.',
    });
  if (all.length <= limit) return all;
  return Array.from({ length: limit }, (_, index) => all[Math.floor((index * all.length) / limit)]).filter(
    (observation) => observation !== undefined,
  );
}

/** An observation as one line for {@link readObservations}, with its newline. */
export function observationLine({ images, instruction, state }: Omit<Observation, 'capturedAt'>): string {
  const frames = Object.entries(images).map(([camera, frame]) => [camera, packed(frame)]);
  return `${JSON.stringify({
    images: Object.fromEntries(frames),
    ...(instruction !== undefined && { instruction }),
    ...(state !== undefined && { state }),
  })}\n`;
}

const BYTES_PER_PIXEL: Readonly<Record<CameraFrame['encoding'], number>> = {
  rgb8: 3,
  bgr8: 3,
  rgba8: 4,
  bgra8: 4,
  mono8: 1,
  yuv422: 2,
  yuv422_yuy2: 2,
};

function packed({ encoding, width, height, data, step }: CameraFrame) {
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

function parse(file: string, text: string): Observation[] {
  const lines = file.endsWith('.jsonl') ? text.split('\n') : [text];
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const where = lines.length === 1 ? file : `${file}:${index + 1}`;
    let json: unknown;
    try {
      json = parseJson(line);
    } catch (cause) {
      if (!(cause instanceof JsonSyntaxError)) throw cause;
      throw invalid(where, cause.message);
    }
    const result = recorded.safeParse(json);
    if (!result.success)
      throw invalid(where, result.error.issues.map((issue) => describeIssue(issue, json).line).join('; '));
    const { images, instruction, state } = result.data;
    return [
      {
        images,
        capturedAt: 0,
        ...(instruction !== undefined && { instruction }),
        ...(state !== undefined && { state }),
      },
    ];
  });
}

function invalid(where: string, problem: string): VLAError {
  return new VLAError('INVALID_ARGUMENT', `${where}: no recorded observation: ${problem}`, {
    hint: 'Record it again; docs/from-checkpoint-to-robot.md has the format.',
  });
}
