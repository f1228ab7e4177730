import { VLAError } from '../errors.js';
import { checkedWorkspace } from './collision/workspace.js';
import { checkedJointLimits, DEFAULT_ACCELERATION, DEFAULT_JERK } from './joint-limits.js';
import type { SafetyConfig, SafetyOptions } from './safety-options.js';

/**
 * The options with every default filled in, checked and copied.
 *
 * @throws VLAError INVALID_ARGUMENT naming the option, what it must be and what came
 */
export function safetyConfig(options: SafetyOptions, jointNames: readonly string[]): SafetyConfig {
  const { collision, kinematics, workspace, maxTcpSpeed, maxIdenticalFrames = 10 } = options;
  const nonNegative = (name: keyof SafetyOptions, fallback: number) =>
    checked(name, options[name] ?? fallback, (value) => value >= 0, 'a finite number, 0 or more');
  const positive = (name: keyof SafetyOptions, fallback: number) =>
    checked(name, options[name] ?? fallback, (value) => value > 0, 'a finite number above 0');
  const share = (name: keyof SafetyOptions, fallback: number) =>
    checked(name, options[name] ?? fallback, (value) => value > 0 && value <= 1, 'above 0 and at most 1');

  if (kinematics === undefined && (workspace !== undefined || typeof maxTcpSpeed === 'number'))
    throw new VLAError('INVALID_ARGUMENT', 'workspace and maxTcpSpeed need kinematics, which is missing', {
      hint: 'Pass kinematics, for example a MujocoCollisionModel of the robot.',
    });
  if (collision !== undefined) checkReach('collision', collision.reach, jointNames);
  if (kinematics !== undefined) checkReach('kinematics', kinematics.reach, jointNames);
  const gripperOpenBelow = checkedShare('gripperOpenBelow', options.gripperOpenBelow ?? 0.4);
  const gripperCloseAbove = checkedShare('gripperCloseAbove', options.gripperCloseAbove ?? 0.6);
  if (gripperOpenBelow > gripperCloseAbove)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `gripperOpenBelow must not be above gripperCloseAbove, got ${gripperOpenBelow} and ${gripperCloseAbove}`,
    );
  return {
    jointNames: [...jointNames],
    limits: checkedJointLimits(options.limits, jointNames).map((limits) => ({
      acceleration: DEFAULT_ACCELERATION,
      jerk: DEFAULT_JERK,
      ...limits,
    })),
    motionFactor: share('motionFactor', 0.5),
    maxChunkAgeMs: nonNegative('maxChunkAgeMs', 500),
    maxImageAgeMs: nonNegative('maxImageAgeMs', 200),
    maxJointAgeMs: nonNegative('maxJointAgeMs', 100),
    maxFutureMs: nonNegative('maxFutureMs', 50),
    maxIdenticalFrames:
      maxIdenticalFrames === false
        ? null
        : checked('maxIdenticalFrames', maxIdenticalFrames, (count) => count >= 1, '1 or more, or false'),
    chunkShape: checkedShape(options.chunkShape),
    startTolerance: positive('startTolerance', 0.1),
    positionMargin: nonNegative('positionMargin', 0.05),
    minTimeScale: share('minTimeScale', 0.1),
    workspace: workspace === undefined ? null : checkedWorkspace(workspace),
    maxTcpSpeed: kinematics === undefined || maxTcpSpeed === false ? null : positive('maxTcpSpeed', 0.25),
    environmentMargin: nonNegative('environmentMargin', 0.02),
    selfMargin: nonNegative('selfMargin', 0.01),
    slowDistance: positive('slowDistance', 0.1),
    collisionBudgetMs: checked(
      'collisionBudgetMs',
      options.collisionBudgetMs ?? 50,
      (ms) => ms > 0 && ms < 2 ** 31,
      'above 0 and below 2³¹ ms, the longest timer',
    ),
    maxSceneAgeMs: nonNegative('maxSceneAgeMs', 500),
    gripperCloseAbove,
    gripperOpenBelow,
    gripperDwellS: nonNegative('gripperDwellS', 0.2),
    pathTolerance: positive('pathTolerance', 0.1),
    goalTolerance: positive('goalTolerance', 0.05),
    pointNames: kinematics === undefined ? [] : [...kinematics.pointNames],
  };
}

function checked(name: string, value: unknown, fits: (value: number) => boolean, expected: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && fits(value)) return value;
  throw new VLAError('INVALID_ARGUMENT', `${name} must be ${expected}, got ${String(value)}`);
}

function checkedShare(name: string, value: number): number {
  return checked(name, value, (given) => given >= 0 && given <= 1, 'between 0 and 1');
}

function checkedShape(shape: SafetyOptions['chunkShape']): SafetyConfig['chunkShape'] {
  if (shape === undefined) return null;
  if (
    Array.isArray(shape) &&
    shape.length === 3 &&
    shape[0] === 1 &&
    shape.every((size) => Number.isInteger(size) && size > 0)
  )
    return [1, shape[1], shape[2]];
  throw new VLAError('INVALID_ARGUMENT', `chunkShape must be [1, waypoints, values], got ${String(shape)}`);
}

function checkReach(name: string, reach: readonly number[], jointNames: readonly string[]): void {
  const fits =
    Array.isArray(reach) &&
    reach.length === jointNames.length &&
    reach.every((value) => Number.isFinite(value) && value >= 0);
  if (fits) return;
  throw new VLAError(
    'INVALID_ARGUMENT',
    `${name}.reach must hold ${jointNames.length} finite numbers of m/rad, 0 or more, got [${String(reach)}]`,
    { hint: 'The bound decides what lies between two checked configurations; it cannot be guessed.' },
  );
}
