import fc from 'fast-check';
import type {
  Clearance,
  Clearances,
  CollisionChecker,
  Kinematics,
} from '../../../lib/safety/collision/collision-checker.js';
import type { TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';

type Point = readonly [x: number, y: number];

/** A segment with a radius: a link, a plate (thin), a disc (no length). */
export interface Stadium {
  readonly name: string;
  readonly from: Point;
  readonly to: Point;
  readonly radius: number;
}

/** A planar arm of capsule links among discs and plates: every distance has a closed form. */
export class PlanarWorld implements CollisionChecker, Kinematics {
  readonly reach: readonly number[];
  readonly pointNames = ['tip'];
  readonly #lengths: readonly number[];
  readonly #radius: number;
  readonly #obstacles: readonly Stadium[];
  asked = 0;

  constructor(lengths: readonly number[], radius: number, obstacles: readonly Stadium[]) {
    this.#lengths = lengths;
    this.#radius = radius;
    this.#obstacles = obstacles;
    this.reach = lengths.map((_, joint) => lengths.slice(joint).reduce((sum, each) => sum + each, radius));
  }

  clearances(joints: readonly number[]): Clearances {
    this.asked++;
    const links = this.#links(joints);
    const environment = nearest(
      links.flatMap((link) => this.#obstacles.map((other) => [link, other] as const)),
    );
    // Neighbours share a joint and always touch.
    const self = nearest(
      links.flatMap((link, index) => links.slice(index + 2).map((other) => [link, other] as const)),
    );
    return { environment, self };
  }

  points(joints: readonly number[]): readonly [number, number, number][] {
    const tip = this.#links(joints).at(-1)?.to ?? [0, 0];
    return [[tip[0], tip[1], 0]];
  }

  #links(joints: readonly number[]): Stadium[] {
    let angle = 0;
    let at: Point = [0, 0];
    return this.#lengths.map((length, index) => {
      angle += joints[index] ?? 0;
      const from = at;
      at = [from[0] + length * Math.cos(angle), from[1] + length * Math.sin(angle)];
      return { name: `link${index}`, from, to: at, radius: this.#radius };
    });
  }
}

export function disc(x: number, y: number, radius: number): Stadium {
  return { name: 'disc', from: [x, y], to: [x, y], radius };
}

export function plate(from: Point, to: Point, thickness: number): Stadium {
  return { name: 'plate', from, to, radius: thickness / 2 };
}

function nearest(pairs: readonly (readonly [Stadium, Stadium])[]): Clearance {
  let best: Clearance = { distance: Number.POSITIVE_INFINITY, a: '', b: '' };
  for (const [one, other] of pairs) {
    const distance = segmentDistance(one, other) - one.radius - other.radius;
    if (distance < best.distance) best = { distance, a: one.name, b: other.name };
  }
  return best;
}

function segmentDistance(a: Stadium, b: Stadium): number {
  const cross = (o: Point, p: Point, q: Point) =>
    (p[0] - o[0]) * (q[1] - o[1]) - (p[1] - o[1]) * (q[0] - o[0]);
  const apart = (p: Stadium, q: Stadium) => cross(p.from, p.to, q.from) * cross(p.from, p.to, q.to) < 0;
  if (apart(a, b) && apart(b, a)) return 0;
  return Math.min(
    pointDistance(a.from, b),
    pointDistance(a.to, b),
    pointDistance(b.from, a),
    pointDistance(b.to, a),
  );
}

function pointDistance([x, y]: Point, { from, to }: Stadium): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((x - from[0]) * dx + (y - from[1]) * dy) / square;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(x - from[0] - share * dx, y - from[1] - share * dy);
}

/** A curve through joint positions, `seconds` apart, at rest in each of them. */
export function throughRests(positions: readonly (readonly number[])[], seconds = 0.5): TrajectoryPoint[] {
  return positions.map((each, index) => ({
    timeS: index * seconds,
    positions: each,
    velocities: each.map(() => 0),
    accelerations: each.map(() => 0),
  }));
}

/** Evenly spread numbers: those of `fc.double` are even in their bits, so that most of them are nearly 0. */
export function uniform(min: number, max: number): fc.Arbitrary<number> {
  const steps = 1_000_000;
  return fc.noBias(fc.integer({ min: 0, max: steps })).map((step) => min + ((max - min) * step) / steps);
}

const angle = fc.oneof(
  { weight: 4, arbitrary: uniform(-2.5, 2.5) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, -2.5) },
);

/** Curves of 2 … 5 points for an arm of `joints` joints, as wild as a policy may be, at rest at the end. */
export function curves(joints: number): fc.Arbitrary<TrajectoryPoint[]> {
  const vector = (scale: number) =>
    fc.array(
      angle.map((value) => value * scale),
      { minLength: joints, maxLength: joints },
    );
  const point = fc.record({ positions: vector(1), velocities: vector(1), accelerations: vector(2) });
  return fc
    .tuple(fc.array(point, { minLength: 1, maxLength: 4 }), vector(1), uniform(0.05, 0.6))
    .map(([points, last, seconds]) => {
      const zeros = last.map(() => 0);
      const all = [...points, { positions: last, velocities: zeros, accelerations: zeros }];
      return all.map((each, index) => ({ timeS: index * seconds, ...each }));
    });
}

const place = uniform(-1, 1);

/** Places for discs around the arm. */
export const places: fc.Arbitrary<Point> = fc.tuple(place, place);

/** Up to three discs and plates around the arm. */
export const obstacles: fc.Arbitrary<Stadium[]> = fc.array(
  fc.oneof(
    fc.tuple(place, place, uniform(0.002, 0.1)).map(([x, y, radius]) => disc(x, y, radius)),
    fc.tuple(place, place, place, place).map(([x, y, u, v]) => plate([x, y], [x + u / 4, y + v / 4], 0.002)),
  ),
  { minLength: 1, maxLength: 3 },
);

/** An arm of 0.9 m with `joints` equal links. */
export function arm(joints: number, around: readonly Stadium[]): PlanarWorld {
  return new PlanarWorld(
    Array.from({ length: joints }, () => 0.9 / joints),
    0.02,
    around,
  );
}
