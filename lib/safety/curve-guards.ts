import type { TrajectoryPoint } from '../trajectory/joint-trajectory.js';
import { allowedPace } from './collision/allowed-pace.js';
import type { CheckerSource } from './collision/checker-source.js';
import type { Kinematics } from './collision/collision-checker.js';
import { judgeSceneAge } from './collision/scene-age.js';
import { sweptCollision } from './collision/swept-collision.js';
import { tcpSpeed } from './collision/tcp-speed.js';
import { sweptWorkspace } from './collision/workspace.js';
import type { ChunkInput } from './decision.js';
import type { SafetyConfig } from './safety-options.js';
import type { SafetyReason } from './verdict.js';

/** What the guards may ask. */
export interface Models {
  readonly collision: CheckerSource | undefined;
  readonly kinematics: Kinematics | undefined;
}

/** One motion of a plan, to rest. */
export interface Curve {
  readonly points: readonly TrajectoryPoint[];
  /** The share of the planned pace at which it runs. */
  readonly scale: number;
  /** The part of that share which is due to obstacles near by. */
  readonly pace: number;
  /** What the gripper was told before it: by an earlier leg, or before the plan; null when it never was. */
  readonly gripperClosed: boolean | null;
}

/** What a guard has against a curve. */
export type Objection =
  /** The curve is proven until then, seconds; it has to end at a waypoint before. */
  | { readonly untilS: number; readonly reason: SafetyReason }
  /** The curve may run at this share of the planned pace at most; `pace` is the part that is due to obstacles. */
  | { readonly maxScale: number; readonly pace?: number; readonly reason: SafetyReason }
  /** Nothing of the request may run. */
  | { readonly refused: true; readonly reason: SafetyReason };

/** Looks at the very curve that the robot is to run. Undefined = nothing against it. */
export type CurveGuard = (
  config: SafetyConfig,
  input: ChunkInput,
  curve: Curve,
  models: Models,
) => Objection | undefined | Promise<Objection | undefined>;

/** By how much of the limit a tool speed may be overstated: every per cent less asks the kinematics more often. */
const SPEED_TOLERANCE = 0.02;

/** So that a curve at the scale that is asked for lies inside the limit and not on it. */
const JUST_INSIDE = 1 - 1e-6;

const workspace: CurveGuard = async (config, _, { points }, { kinematics }) => {
  if (config.workspace === null || kinematics === undefined) return undefined;
  const swept = await sweptWorkspace(points, config.workspace, kinematics);
  if (swept.inside) return undefined;
  const { reason, insideUntilS } = swept;
  return reason.outcome === 'reject' ? { refused: true, reason } : { untilS: insideUntilS, reason };
};

const toolSpeed: CurveGuard = ({ maxTcpSpeed }, _, { points, scale }, { kinematics }) => {
  if (maxTcpSpeed === null || kinematics === undefined) return undefined;
  const speed = largestToolSpeed(points, kinematics, maxTcpSpeed);
  if (typeof speed !== 'number') return { refused: true, reason: speed };
  if (speed <= maxTcpSpeed) return undefined;
  return {
    maxScale: scale * (maxTcpSpeed / speed) * JUST_INSIDE,
    reason: {
      guard: 'workspace',
      outcome: 'modify',
      kind: 'tcp-speed',
      message: `the tool centre point would move at up to ${speed.toFixed(3)} m/s, ${maxTcpSpeed} m/s are allowed`,
      value: speed,
      limit: maxTcpSpeed,
    },
  };
};

/** The speed, m/s, or why it is not known. */
function largestToolSpeed(
  points: readonly TrajectoryPoint[],
  kinematics: Kinematics,
  enough: number,
): number | SafetyReason {
  try {
    return tcpSpeed(points, kinematics, { enough, tolerance: SPEED_TOLERANCE * enough }).speed;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const message = `the speed of the tool centre point is not known: ${text}`;
    return { guard: 'workspace', outcome: 'reject', kind: 'kinematics-failed', message };
  }
}

const sceneAge: CurveGuard = ({ maxSceneAgeMs, maxFutureMs }, { sceneStamp, nowMs }) => {
  const reason = judgeSceneAge(sceneStamp ?? undefined, nowMs, { maxAgeMs: maxSceneAgeMs, maxFutureMs });
  return reason && { refused: true, reason };
};

const collision: CurveGuard = async (config, _, { points, gripperClosed }, { collision }) => {
  if (collision === undefined) return undefined;
  const gripper = gripperClosed === null ? undefined : Number(gripperClosed);
  const swept = await sweptCollision(points, gripper, collision, config);
  if (swept.free) return undefined;
  const { reason, freeUntilS } = swept;
  return reason.outcome === 'reject' ? { refused: true, reason } : { untilS: freeUntilS, reason };
};

const distance: CurveGuard = async (config, { sceneStamp }, curve, { collision }) => {
  if (sceneStamp === null || collision === undefined) return undefined;
  const { points, scale, pace, gripperClosed } = curve;
  const allowed = await allowedPace(config, points, pace, gripperClosed, collision);
  if ('failure' in allowed) return { refused: true, reason: allowed.failure };
  if (allowed.pace >= pace) return undefined;
  return {
    maxScale: scale * (allowed.pace / pace) * JUST_INSIDE,
    pace: allowed.pace,
    reason: allowed.reason,
  };
};

/** In the order in which they look. */
export const CURVE_GUARDS: readonly CurveGuard[] = [workspace, toolSpeed, sceneAge, collision, distance];
