import { Random } from '../../../examples/sim/random.js';
import type { Waypoint } from '../../../lib/action/action-chunk.js';
import type { OracleLimits } from '../oracle/motion-oracle.js';
import type { ChunkGene } from './scenario.js';

const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, -2.2e-308];
/** Distances from a limit, rad: at it, a rounding beside it, and around the margin in which values are clamped. */
const EDGES = [0, 1e-16, -1e-16, 1e-9, -1e-9, 0.02, -0.02, 0.05, 0.05 + 1e-9, -0.05, 0.2];

/** The waypoints of a random chunk for a robot that is to go on from `start`. */
export function chunkValues(
  { shape, seed, waypoints, reach, pace, gripper, fault }: ChunkGene,
  start: readonly number[],
  limits: OracleLimits,
): Waypoint[] {
  const stream = new Random(seed);
  const random = () => stream.unit();
  const spread = () => 2 * random() - 1;
  const stepS = 10 ** pace;
  const range = (joint: number) => {
    const [min, max] = [limits.min[joint] ?? 0, limits.max[joint] ?? 0];
    return Number.isFinite(min) ? ([min, max] as const) : ([-10, 10] as const);
  };
  const direction = start.map(spread);
  const turn = 1 + Math.floor(random() * waypoints);
  const value = (from: number, joint: number, index: number): number => {
    const [min, max] = range(joint);
    const step = (direction[joint] ?? 0) * (limits.velocity[joint] ?? 0) * stepS * reach;
    switch (shape) {
      case 'wild':
        return min + (max - min) * (1.4 * random() - 0.2);
      case 'at-limits':
        return edge(random, [min, max], start.length === 1 || random() < 0.5, from);
      case 'reversed':
        return from + (index % 2 === 0 ? 1 : -1) * step;
      case 'discontinuous':
        return index === turn ? from + spread() * (max - min) : from + step;
      case 'repeated':
        return index % 3 === 0 ? from + step : from;
      case 'huge':
        return spread() * 10 ** (2 + 300 * random() * random());
      case 'special-values':
        return random() < 0.03 ? (SPECIAL[Math.floor(random() * SPECIAL.length)] ?? 0) : from + step;
      case 'gentle-float32':
        return Math.fround(inside(from + step * random(), min, max));
      case 'gentle':
        return inside(from + step * random(), min, max);
    }
  };
  const rows: number[][] = [];
  for (let index = 0; index < waypoints; index++) {
    const before = rows.at(-1) ?? start;
    rows.push(before.map((from, joint) => value(from, joint, index)));
  }
  const values = rows.map((joints, index) => ({ joints, gripper: gripperValue(gripper, index, random) }));
  return broken(values, fault, random);
}

function inside(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

function edge(
  random: () => number,
  [min, max]: readonly [number, number],
  move: boolean,
  from: number,
): number {
  if (!move) return from;
  const [limit, out] = Math.abs(from - min) < Math.abs(from - max) ? [min, -1] : [max, 1];
  return limit + out * (EDGES[Math.floor(random() * EDGES.length)] ?? 0);
}

function gripperValue(kind: ChunkGene['gripper'], index: number, random: () => number): number | undefined {
  switch (kind) {
    case 'none':
      return undefined;
    case 'open':
      return 0;
    case 'close':
      return 1;
    case 'chatter':
      return index % 2;
    case 'band':
      return 0.3 + 0.4 * random();
  }
}

function broken(values: Waypoint[], fault: ChunkGene['fault'], random: () => number): Waypoint[] {
  const victim = Math.floor(random() * values.length);
  const change = (joints: (row: readonly number[]) => readonly number[]) =>
    values.map((waypoint, index) =>
      index === victim ? { ...waypoint, joints: joints(waypoint.joints) } : waypoint,
    );
  switch (fault) {
    case 'empty':
      return [];
    case 'joints-missing':
      return change((row) => row.slice(1));
    case 'nan':
      return change((row) => row.map((value, joint) => (joint === 0 ? Number.NaN : value)));
    case 'infinite':
      return change((row) => row.map((value, joint) => (joint === 0 ? Number.POSITIVE_INFINITY : value)));
    default:
      return values;
  }
}
