import type { MotionLimits } from '../trajectory/motion-limits.js';
import { ADMISSION_GUARDS } from './admission-guards.js';
import { CURVE_GUARDS, type Models, type Objection } from './curve-guards.js';
import type { ChunkInput, Leg, SafetyMemory, Verdict } from './decision.js';
import { checkFrozenFrame } from './guards/frozen-frame.js';
import { countRejects } from './guards/structure.js';
import { motionLimits } from './joint-limits.js';
import { isAtRest } from './measured-state.js';
import { type LegPlan, type LegRequest, planLegs } from './plan-legs.js';
import type { SafetyConfig } from './safety-options.js';
import { type Outcome, type SafetyReason, worse } from './verdict.js';
import { type Draft, WAYPOINT_GUARDS } from './waypoint-guards.js';

/** How often each leg of a plan may be slowed down before it is refused: each guard of the curve asks once or twice. */
const MOST_SLOWDOWNS = 8;

/**
 * Judges a chunk. The order of the guards:
 *
 *  1. the request as a whole ({@link ADMISSION_GUARDS}): a reason refuses it;
 *  2. its waypoints ({@link WAYPOINT_GUARDS}): dropped, changed or cut;
 *  3. dynamics: one time scale for all joints, over the exact curve that the controller will run to rest;
 *  4. that curve ({@link CURVE_GUARDS}): cut or slowed down, and planned again, until no guard objects.
 *
 * The verdict depends on nothing but the arguments and what the models answer, so a recorded decision can be judged
 * again and comes out the same bit for bit.
 */
export async function judgeChunk(config: SafetyConfig, input: ChunkInput, models: Models): Promise<Verdict> {
  const admission = ADMISSION_GUARDS.flatMap((guard) => guard(config, input));
  const memory = rememberRequest(config, input, admission);
  const rejects = countRejects(
    input.memory.structureRejects,
    admission.some(({ guard }) => guard === 'structure'),
  );
  const seen = { ...memory, structureRejects: rejects.structureRejects };
  const objections = [...admission, ...rejects.reasons];
  if (objections.length > 0) return refusal(objections, seen);

  let draft: Draft = {
    first: 0,
    joints: input.waypoints.map(({ joints }) => joints),
    gripper: input.waypoints.map(() => null),
    firstS: input.chunk.secondsPerWaypoint,
  };
  const reasons: SafetyReason[] = [];
  for (const guard of WAYPOINT_GUARDS) {
    const result = guard(config, input, draft);
    reasons.push(...result.reasons);
    if (isRefused(result.reasons)) return refusal(reasons, seen);
    draft = result.draft;
  }

  const planned = await planCurve(config, input, draft, models);
  reasons.push(...planned.reasons);
  if (planned.legs.length === 0) return refusal(reasons, seen);
  return {
    outcome: outcomeOf(reasons),
    reasons,
    legs: planned.legs,
    firstWaypoint: draft.first,
    waypointsSent: planned.waypoints,
    timeScale: planned.timeScale,
    pace: planned.pace,
    memory: { ...seen, sequence: input.chunk.sequence, capturedAt: input.chunk.capturedAt },
  };
}

interface PlannedCurve {
  readonly legs: readonly Leg[];
  readonly waypoints: number;
  readonly timeScale: number;
  readonly pace: number;
  readonly reasons: readonly SafetyReason[];
}

async function planCurve(
  config: SafetyConfig,
  input: ChunkInput,
  draft: Draft,
  models: Models,
): Promise<PlannedCurve> {
  const limits = motionLimits(config.limits, config.motionFactor);
  const reasons: SafetyReason[] = [];
  const refused = (reason: SafetyReason): PlannedCurve => ({
    legs: [],
    waypoints: 0,
    timeScale: 1,
    pace: 1,
    reasons: [...reasons, reason],
  });
  let waypoints = draft.joints.length;
  let maxScale = 1;
  const legScales: (number | undefined)[] = [];
  let pace = 1;
  for (let slowdowns = 0, most = MOST_SLOWDOWNS; slowdowns <= most; ) {
    const plan = plannedLegs(config, input, draft, limits, waypoints, { maxScale, legScales });
    if (!plan.ok) return refused(unreachable(config, draft, plan));
    most = MOST_SLOWDOWNS * plan.legs.length;
    const found = await firstObjection(config, input, plan, pace, models);
    if (found === undefined) {
      if (plan.timeScale < 1 && reasons.every(({ outcome }) => outcome !== 'modify'))
        reasons.push(slowed(plan.timeScale));
      return { legs: plan.legs, waypoints, timeScale: plan.timeScale, pace, reasons };
    }
    const { objection, before } = found;
    if ('refused' in objection) return refused(objection.reason);
    if ('maxScale' in objection) {
      if (objection.maxScale < config.minTimeScale)
        return refused({ ...objection.reason, outcome: 'reject' });
      // Obstacles are watched on the way at one pace for all legs; what is too fast in itself is so in its own leg.
      if (objection.pace === undefined) legScales[found.leg] = objection.maxScale;
      else maxScale = objection.maxScale;
      pace = objection.pace ?? pace;
      slowdowns++;
    } else {
      const kept = before + waypointsBy(plan.legs[found.leg], objection.untilS);
      if (kept === 0) return refused(atOnce(objection.reason, objection.untilS, input));
      waypoints = Math.min(kept, waypoints - 1);
    }
    keepLast(reasons, objection.reason);
  }
  return refused({
    guard: 'dynamics',
    outcome: 'reject',
    kind: 'no-pace',
    message: `no pace was found that every guard accepts, after ${MOST_SLOWDOWNS} tries per leg`,
  });
}

interface FoundObjection {
  readonly objection: Objection;
  /** The leg that it is about, and the waypoints of the legs before it. */
  readonly leg: number;
  readonly before: number;
}

async function firstObjection(
  config: SafetyConfig,
  input: ChunkInput,
  plan: Extract<LegPlan, { ok: true }>,
  pace: number,
  models: Models,
): Promise<FoundObjection | undefined> {
  for (const guard of CURVE_GUARDS) {
    let before = 0;
    let gripperClosed = input.memory.gripper.closed;
    for (const [leg, { points, gripper }] of plan.legs.entries()) {
      const curve = { points, scale: plan.scales[leg] ?? 1, pace, gripperClosed };
      const objection = await guard(config, input, curve, models);
      if (objection !== undefined) return { objection, leg, before };
      before += points.length - 1;
      gripperClosed = gripper ?? gripperClosed;
    }
  }
  return undefined;
}

function plannedLegs(
  config: SafetyConfig,
  input: ChunkInput,
  draft: Draft,
  limits: MotionLimits,
  waypoints: number,
  scales: Pick<LegRequest, 'maxScale' | 'legScales'>,
): LegPlan {
  const { reference, measured, chunk } = input;
  const still = measured.positions.map(() => 0);
  return planLegs({
    start: reference ?? {
      positions: measured.positions,
      // Sensors never read exactly 0, and a joint that seems to leave its range at a crawl could not come back into it.
      velocities: isAtRest(measured.velocities) ? still : measured.velocities,
      accelerations: still,
    },
    waypoints: draft.joints.slice(0, waypoints),
    gripper: draft.gripper.slice(0, waypoints),
    firstS: draft.firstS,
    stepS: chunk.secondsPerWaypoint,
    startProgress: input.startProgress,
    progress: input.progress + draft.first,
    restAtEach: input.restAtEach,
    limits,
    ...scales,
    minScale: config.minTimeScale,
  });
}

/** Waypoints of a leg that are reached by then; its first point is where it starts. */
function waypointsBy(leg: Leg | undefined, untilS: number): number {
  return leg?.points.slice(1).filter(({ timeS }) => timeS <= untilS).length ?? 0;
}

/** Nothing may be sent. When the robot could not even brake before that point, it has to do so now. */
function atOnce(reason: SafetyReason, untilS: number, { brakingS }: ChunkInput): SafetyReason {
  return { ...reason, outcome: untilS < brakingS ? 'stop' : 'reject' };
}

function unreachable(
  config: SafetyConfig,
  draft: Draft,
  { violation, waypoint }: Extract<LegPlan, { ok: false }>,
): SafetyReason {
  const { kind, joint, value, limit } = violation;
  const name = config.jointNames[joint] ?? `joint ${joint}`;
  const at = draft.first + waypoint;
  return {
    guard: 'dynamics',
    outcome: 'reject',
    kind,
    message: `no pace of ${config.minTimeScale} or more keeps ${name} within its ${kind} limit of ${limit} from waypoint ${at} on; at the planned pace it would be ${value}`,
    waypoint: at,
    joint: name,
    ...(Number.isFinite(value) && { value }),
    limit,
  };
}

function slowed(timeScale: number): SafetyReason {
  return {
    guard: 'dynamics',
    outcome: 'modify',
    kind: 'slowed',
    message: `the motion runs at ${(100 * timeScale).toFixed(1)} % of its pace, so that every joint stays within its limits`,
    value: timeScale,
    limit: 1,
  };
}

function rememberRequest(
  config: SafetyConfig,
  { chunk, seen, memory }: ChunkInput,
  admission: readonly SafetyReason[],
): SafetyMemory {
  if (admission.some(({ guard }) => guard === 'structure')) return memory;
  const frame = { fingerprint: chunk.frameFingerprint, positions: seen };
  return { ...memory, frame: checkFrozenFrame(frame, memory.frame, config).frame };
}

function refusal(reasons: readonly SafetyReason[], memory: SafetyMemory): Verdict {
  const outcome = worse(outcomeOf(reasons), 'reject');
  return { outcome, reasons, legs: [], firstWaypoint: 0, waypointsSent: 0, timeScale: 1, pace: 1, memory };
}

function outcomeOf(reasons: readonly SafetyReason[]): Outcome {
  return reasons.reduce<Outcome>((worst, { outcome }) => worse(worst, outcome), 'pass');
}

function isRefused(reasons: readonly SafetyReason[]): boolean {
  return reasons.some(({ outcome }) => outcome === 'reject' || outcome === 'stop');
}

/** A guard that objects twice to the same thing has said it better the second time. */
function keepLast(reasons: SafetyReason[], reason: SafetyReason): void {
  const same = reasons.findIndex(({ guard, kind }) => guard === reason.guard && kind === reason.kind);
  if (same >= 0) reasons.splice(same, 1);
  reasons.push(reason);
}
