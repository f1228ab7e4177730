import { paceAt } from './collision/allowed-pace.js';
import type { CheckerAnswer } from './collision/checker-source.js';
import { judgeSceneAge } from './collision/scene-age.js';
import type { Models } from './curve-guards.js';
import type { TickInput, TickVerdict } from './decision.js';
import { checkJointAge } from './guards/observation.js';
import { checkTracking } from './guards/tracking.js';
import type { SafetyConfig } from './safety-options.js';
import type { SafetyReason } from './verdict.js';

const FULL_PACE: TickVerdict = { reasons: [], pace: 1 };

/** Judges a motion that is under way: is the robot where it should be, and does something come close? */
export async function judgeTick(
  config: SafetyConfig,
  input: TickInput,
  models: Models,
): Promise<TickVerdict> {
  const { measured, expected, atGoal, nowMs, sceneStamp } = input;
  const { positions, stamp } = measured;
  // Encoders that stand still agree for ever with the command of that time.
  const [unseen] = checkJointAge(nowMs, stamp, config);
  if (unseen !== undefined) return { reasons: [{ ...unseen, guard: 'tracking', outcome: 'stop' }], pace: 0 };
  const lost = checkTracking({ measured: positions, measuredAt: stamp, reference: expected, atGoal }, config);
  if (lost.length > 0) return { reasons: lost, pace: 0 };

  // Obstacles that do not move were looked at when the motion was planned.
  if (sceneStamp === null) return FULL_PACE;
  const stale = judgeSceneAge(sceneStamp, nowMs, {
    maxAgeMs: config.maxSceneAgeMs,
    maxFutureMs: config.maxFutureMs,
  });
  if (stale !== undefined) return { reasons: [{ ...stale, outcome: 'truncate' }], pace: 0 };
  return paceBeside(config, input, models);
}

async function paceBeside(
  config: SafetyConfig,
  input: TickInput,
  { collision }: Models,
): Promise<TickVerdict> {
  const { measured, ahead } = input;
  if (collision === undefined || ahead === null) return FULL_PACE;
  const gripper = input.gripper === null ? undefined : Number(input.gripper);
  const now = await collision.ask(measured.positions, gripper);
  const soon = 'failure' in now ? now : await collision.ask(ahead.positions, gripper);
  if ('failure' in now || 'failure' in soon) return { reasons: [unknownDistance(now, soon)], pace: 0 };

  const { distance, a, b } = soon.environment;
  const touching = distance <= 0 && distance < now.environment.distance;
  const approaching = distance < now.environment.distance;
  const pair = `${a || 'the robot'} and ${b || 'an obstacle'}`;
  if (touching)
    return {
      reasons: [
        {
          guard: 'collision',
          outcome: 'stop',
          kind: 'contact-ahead',
          message: `${pair} would touch within the reaction time, so the robot brakes`,
          value: distance,
          limit: config.environmentMargin,
        },
      ],
      pace: 0,
    };
  const velocities = ahead.velocities.map((velocity) => velocity / input.pace);
  const allowed = approaching ? paceAt(distance, velocities, config, collision.reach) : 1;
  if (allowed >= 1) return FULL_PACE;
  // In front of an obstacle that stays, ever less would be allowed and the arm would creep without end.
  const pace = allowed < config.minTimeScale ? 0 : allowed;
  return {
    reasons: [
      {
        guard: 'distance',
        outcome: pace > 0 ? 'modify' : 'truncate',
        kind: 'slowed',
        message: `${pair} come within ${(1000 * distance).toFixed(0)} mm, which allows ${(100 * allowed).toFixed(0)} % of the pace`,
        value: distance,
        limit: config.slowDistance,
      },
    ],
    pace,
  };
}

function unknownDistance(...answers: readonly CheckerAnswer[]): SafetyReason {
  const failed = answers.find((answer) => 'failure' in answer);
  const { kind, message } =
    failed !== undefined && 'failure' in failed ? failed.failure : { kind: '', message: '' };
  return { guard: 'checker-health', outcome: 'truncate', kind, message };
}
