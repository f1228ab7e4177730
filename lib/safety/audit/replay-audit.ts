import path from 'node:path';
import { VLAError } from '../../errors.js';
import { decodeJson, encodeJson, type JsonValue, propertyOf } from './audit-json.js';
import { firstDifference } from './json-difference.js';
import { readAudit } from './read-audit.js';

/**
 * Decides once more.
 *
 * @param config the header in force when the decision was made
 * @param input what was judged
 * @param answers what the world said meanwhile: collision checker, clock
 * @returns plain JSON
 */
export type AuditJudge = (config: JsonValue, input: JsonValue, answers: JsonValue) => Promise<unknown>;

export interface ReplayReport {
  readonly file: string;
  /** Decisions that came out bit for bit as recorded. */
  readonly decisions: number;
}

/**
 * Verifies the chain of a log file and makes each of its decisions again.
 *
 * @throws VLAError AUDIT_INVALID at the first one that comes out differently, with the line, the first place that
 *   differs and both values, and for what `verifyAudit` refuses; INVALID_ARGUMENT when the file cannot be read
 */
export async function replayAudit(file: string, judge: AuditJudge): Promise<ReplayReport> {
  const name = path.basename(file);
  let config: JsonValue = null;
  let decisions = 0;
  for await (const { kind, data, line } of readAudit(file)) {
    if (kind === 'header') config = data;
    if (kind !== 'decision') continue;
    await replayed(judge, config, data, `${name}, line ${line}`);
    decisions++;
  }
  return { file, decisions };
}

async function replayed(judge: AuditJudge, config: JsonValue, data: JsonValue, where: string): Promise<void> {
  const input = part(data, 'input', where);
  const answers = part(data, 'answers', where);
  const output = part(data, 'output', where);
  const again = await judged(judge, where, [config, input, answers]);
  const difference = firstDifference(output, again, 'output');
  if (difference)
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: the decision does not replay: ${difference.path} is ${shown(difference.expected)} in the log and ${shown(difference.actual)} now`,
      {
        hint: 'Replay with the version of jetson-vla that wrote the log. If it is that one, the log was changed.',
      },
    );
}

async function judged(judge: AuditJudge, where: string, given: Parameters<AuditJudge>): Promise<JsonValue> {
  try {
    // Through the text, as the recorded one went: properties that are undefined are no difference.
    return decodeJson(encodeJson(await judge(...given)));
  } catch (error) {
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: the decision cannot be replayed: ${error instanceof Error ? error.message : error}`,
      { hint: 'Replay with the version of jetson-vla that wrote the log.', cause: error },
    );
  }
}

function part(data: JsonValue, key: string, where: string): JsonValue {
  const value = propertyOf(data, key);
  if (value === undefined)
    throw new VLAError(
      'AUDIT_INVALID',
      `${where}: expected a decision with input, answers and output, ${key} is missing`,
    );
  return value;
}

function shown(text: string | undefined): string {
  if (text === undefined) return 'missing';
  return text.length > 120 ? `${text.slice(0, 120)} …` : text;
}
