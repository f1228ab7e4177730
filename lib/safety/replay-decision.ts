import { VLAError } from '../errors.js';
import type { JsonValue } from './audit/audit-json.js';
import type { AuditJudge } from './audit/replay-audit.js';
import type { ChunkInput, TickInput } from './decision.js';
import { judgeChunk } from './guard-pipeline.js';
import { type ModelAnswers, replayedModels } from './recorded-models.js';
import type { SafetyConfig } from './safety-options.js';
import { judgeTick } from './tick-verdict.js';

/**
 * Makes a recorded decision of a {@link SafeVLAExecutor} again, with the recorded answers of its models.
 *
 * @throws VLAError AUDIT_INVALID for an input that is not one of its decisions
 */
export const replayDecision: AuditJudge = async (config, input, answers) => {
  const safety = recorded<SafetyConfig>(config);
  const models = replayedModels(safety, recorded<ModelAnswers>(answers));
  const decision = recorded<ChunkInput | TickInput>(input);
  if (decision.type === 'chunk') return toJson(await judgeChunk(safety, decision, models));
  if (decision.type === 'tick') return toJson(await judgeTick(safety, decision, models));
  throw new VLAError('AUDIT_INVALID', 'expected a decision of type chunk or tick');
};

/**
 * What this version wrote has its types, and the chain of hashes says that it was not changed. A record of another
 * version fails while it is judged, or gives another verdict, and either is reported.
 */
function recorded<T>(value: JsonValue): T {
  return value as unknown as T;
}

function toJson(value: object): JsonValue {
  return value as unknown as JsonValue;
}
