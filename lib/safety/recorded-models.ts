import { VLAError } from '../errors.js';
import { recordingSource, replayingSource } from './collision/answer-log.js';
import { type CheckerAnswer, type CheckerSource, checkerSource } from './collision/checker-source.js';
import type { CollisionChecker, Kinematics } from './collision/collision-checker.js';
import type { Models } from './curve-guards.js';
import type { SafetyConfig } from './safety-options.js';

type Points = ReturnType<Kinematics['points']>;

/** What a kinematics said, or the text of what it threw. */
type PointsAnswer = Points | { readonly threw: string };

/** Everything that the models answered during one judgement, in order: plain data. */
export interface ModelAnswers {
  /** {@link CollisionChecker.reach} at the time: it grows with what the robot carries. null without a checker. */
  readonly collisionReach: readonly number[] | null;
  readonly kinematicsReach: readonly number[] | null;
  readonly clearances: readonly CheckerAnswer[];
  readonly points: readonly PointsAnswer[];
}

/** Models that keep their answers. One set per judgement: the time budget of the checker starts here. */
export function recordedModels(
  collision: CollisionChecker | undefined,
  kinematics: Kinematics | undefined,
  { collisionBudgetMs, slowDistance }: SafetyConfig,
): { readonly models: Models; readonly answers: ModelAnswers } {
  const source =
    collision && recordingSource(checkerSource(collision, { budgetMs: collisionBudgetMs, slowDistance }));
  const points: PointsAnswer[] = [];
  const recorded: Kinematics | undefined = kinematics && {
    reach: kinematics.reach,
    pointNames: kinematics.pointNames,
    points(joints) {
      try {
        // Copies both ways: one that works in place must change neither what is sent nor what it answered before.
        const answer = kinematics.points([...joints]).map(([x, y, z]) => [x, y, z] as const);
        points.push(answer);
        return answer;
      } catch (error) {
        points.push({ threw: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    },
  };
  return {
    models: { collision: source, kinematics: recorded },
    answers: {
      collisionReach: source === undefined ? null : [...source.reach],
      kinematicsReach: recorded === undefined ? null : [...recorded.reach],
      get clearances() {
        return source?.answers ?? [];
      },
      points,
    },
  };
}

/** Models that give recorded answers again, in order. */
export function replayedModels(config: SafetyConfig, answers: ModelAnswers): Models {
  const { collisionReach, kinematicsReach } = answers;
  const collision: CheckerSource | undefined =
    collisionReach === null ? undefined : replayingSource(collisionReach, answers.clearances);
  let next = 0;
  const kinematics: Kinematics | undefined =
    kinematicsReach === null
      ? undefined
      : {
          reach: kinematicsReach,
          pointNames: config.pointNames,
          points() {
            const answer = answers.points[next++];
            if (answer === undefined)
              throw new VLAError(
                'AUDIT_INVALID',
                `the replay asks for more than the ${answers.points.length} recorded points`,
              );
            if ('threw' in answer) throw new Error(answer.threw);
            return answer;
          },
        };
  return { collision, kinematics };
}
