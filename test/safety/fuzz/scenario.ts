import fc from 'fast-check';

/** One joint of a random robot. */
export interface JointGene {
  readonly min: number;
  readonly span: number;
  /** Powers of ten. */
  readonly velocity: number;
  readonly acceleration: number | null;
  readonly jerk: number | null;
  readonly continuous: boolean;
  /** Where it starts, as a share of its range. */
  readonly start: number;
}

export const SHAPES = [
  'gentle',
  'gentle-float32',
  'wild',
  'at-limits',
  'special-values',
  'reversed',
  'discontinuous',
  'repeated',
  'huge',
] as const;

/** A random chunk and how it is submitted; `seed` fills in the numbers. */
export interface ChunkGene {
  readonly shape: (typeof SHAPES)[number];
  readonly seed: number;
  readonly waypoints: number;
  /** Power of ten of the seconds per waypoint. */
  readonly pace: number;
  readonly reach: number;
  readonly ageMs: number;
  /** Whether the image is newer than the last one in any case. */
  readonly fresh: boolean;
  readonly inferenceMs: number;
  readonly sequenceStep: number;
  readonly image: 'none' | 'new' | 'same';
  readonly progress: 'captured' | 'now' | 'nan' | 'infinite' | number;
  readonly gripper: 'none' | 'open' | 'close' | 'chatter' | 'band';
  readonly fault: 'none' | 'names' | 'units' | 'joints-missing' | 'empty' | 'nan' | 'infinite';
}

export const INCIDENTS = [
  'none',
  'push',
  'shove',
  'slow-checker',
  'slow-state',
  'stale-state',
  'future-state',
  'nan-state',
  'moving-state',
  'slow-to',
  'stop',
  'follow-fails',
  'audit-fails',
  'scene-stale',
  'obstacle-near',
] as const;

/** What happens around a chunk. */
export interface EventGene {
  readonly chunk: ChunkGene;
  readonly incident: (typeof INCIDENTS)[number];
  readonly amount: number;
  /** Control ticks after the chunk, and milliseconds between them. */
  readonly ticks: number;
  readonly tickMs: number;
}

export interface WorldGene {
  readonly discs: readonly { readonly x: number; readonly y: number; readonly radius: number }[];
  readonly plates: readonly {
    readonly x: number;
    readonly y: number;
    readonly angle: number;
    readonly length: number;
  }[];
  readonly moving: boolean;
  readonly toolSpeed: boolean;
  readonly box: boolean;
}

export interface Scenario {
  readonly joints: readonly JointGene[];
  readonly motionFactor: number;
  readonly gripperMs: number;
  readonly world: WorldGene | null;
  readonly restMs: number;
  readonly events: readonly EventGene[];
}

const RESOLUTION = 2 ** 31 - 1;

/** Mostly even over the range: the doubles of fast-check are mostly tiny, or an end of the range. */
const real = (min: number, max: number) =>
  fc.oneof(
    {
      weight: 15,
      arbitrary: fc
        .noBias(fc.integer({ min: 0, max: RESOLUTION }))
        .map((share) => min + ((max - min) * share) / RESOLUTION),
    },
    { weight: 1, arbitrary: fc.double({ min, max, noNaN: true }) },
  );

const joint: fc.Arbitrary<JointGene> = fc.record({
  min: real(-3, 1),
  span: fc.oneof({ weight: 5, arbitrary: real(0.5, 6) }, { weight: 1, arbitrary: real(0.001, 0.2) }),
  velocity: real(-0.7, 1),
  acceleration: fc.option(real(-0.5, 2)),
  jerk: fc.option(real(0, 3.7)),
  continuous: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
  start: fc.oneof(
    { weight: 8, arbitrary: real(0.05, 0.95) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1) },
    { weight: 1, arbitrary: real(-0.05, 1.05) },
  ),
});

const weighted = <T>(often: T, seldom: fc.Arbitrary<T>, weight = 8) =>
  fc.oneof({ weight, arbitrary: fc.constant(often) }, { weight: 1, arbitrary: seldom });

const chunk: fc.Arbitrary<ChunkGene> = fc.record({
  shape: fc.oneof(
    { weight: 6, arbitrary: fc.constant<(typeof SHAPES)[number]>('gentle') },
    { weight: 6, arbitrary: fc.constantFrom(...SHAPES) },
  ),
  seed: fc.integer({ min: 0, max: 0x7fffffff }),
  waypoints: fc.oneof(
    { weight: 4, arbitrary: fc.constant(5) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 10 }) },
  ),
  pace: fc.oneof({ weight: 8, arbitrary: real(-1.3, 0) }, { weight: 1, arbitrary: real(-9, 1.5) }),
  reach: fc.oneof({ weight: 2, arbitrary: real(0.01, 0.3) }, { weight: 1, arbitrary: real(0.02, 1.2) }),
  ageMs: fc.oneof(
    { weight: 10, arbitrary: real(0, 150) },
    { weight: 2, arbitrary: fc.constantFrom(500, 501, 200, 200.5, -50, -50.5, 5000, -1000, 0) },
  ),
  fresh: weighted(true, fc.constant(false), 5),
  inferenceMs: fc.oneof(
    { weight: 8, arbitrary: real(0, 100) },
    { weight: 1, arbitrary: fc.constantFrom(0, 300, 400, Number.NaN, Number.POSITIVE_INFINITY) },
  ),
  sequenceStep: weighted(1, fc.constantFrom(0, -1, 3, -5, 0.5, Number.NaN), 14),
  image: fc.constantFrom('none', 'none', 'new', 'new', 'new', 'same'),
  progress: fc.oneof(
    { weight: 4, arbitrary: fc.constant<ChunkGene['progress']>('captured') },
    { weight: 8, arbitrary: fc.constant<ChunkGene['progress']>('now') },
    { weight: 2, arbitrary: real(-4, 4) },
    { weight: 1, arbitrary: fc.constantFrom<ChunkGene['progress']>('nan', 'infinite') },
  ),
  gripper: fc.constantFrom('none', 'none', 'open', 'close', 'chatter', 'band'),
  fault: weighted<ChunkGene['fault']>(
    'none',
    fc.constantFrom('names', 'units', 'joints-missing', 'empty', 'nan', 'infinite'),
    18,
  ),
});

const event: fc.Arbitrary<EventGene> = fc.record({
  chunk,
  incident: fc.oneof(
    { weight: 24, arbitrary: fc.constant<(typeof INCIDENTS)[number]>('none') },
    { weight: 10, arbitrary: fc.constantFrom(...INCIDENTS) },
  ),
  amount: real(0, 1),
  ticks: fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 12 }) },
  ),
  tickMs: fc.oneof({ weight: 3, arbitrary: real(5, 60) }, { weight: 1, arbitrary: real(60, 900) }),
});

const world: fc.Arbitrary<WorldGene> = fc.record({
  discs: fc.array(fc.record({ x: real(-1, 1), y: real(-1, 1), radius: real(0.002, 0.12) }), {
    minLength: 0,
    maxLength: 2,
  }),
  plates: fc.array(
    fc.record({ x: real(-1, 1), y: real(-1, 1), angle: real(0, Math.PI), length: real(0.05, 0.6) }),
    { minLength: 0, maxLength: 2 },
  ),
  moving: fc.boolean(),
  toolSpeed: fc.boolean(),
  box: fc.boolean(),
});

/** A robot, its surroundings, and `chunks` chunks that come one after the other. */
export function scenarios(chunks: number): fc.Arbitrary<Scenario> {
  const common = {
    motionFactor: fc.constantFrom(0.5, 0.5, 0.5, 1, 0.2),
    gripperMs: fc.constantFrom(0, 0, 150),
    restMs: fc.constantFrom(0, 0, 0, 0, 0, 200),
    events: fc.array(event, { minLength: chunks, maxLength: chunks }),
  };
  const free = fc.record({
    ...common,
    joints: fc.array(joint, { minLength: 1, maxLength: 7 }),
    world: fc.constant(null),
  });
  const crowded = fc.record({ ...common, joints: fc.array(joint, { minLength: 2, maxLength: 3 }), world });
  return fc.oneof({ weight: 5, arbitrary: free }, { weight: 1, arbitrary: crowded });
}

/** Chunks of one scenario. */
export const CHUNKS_PER_SCENARIO = 20;

/** The scenario of a run by its number: the same for the same seed, whoever asks. */
export function scenarioAt(seed: number, index: number, chunks = CHUNKS_PER_SCENARIO): Scenario {
  // One stream per scenario, so that workers may share a run in any way.
  const mixed = Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b) | 0;
  const [scenario] = fc.sample(scenarios(chunks), { seed: mixed, numRuns: 1 });
  if (scenario === undefined) throw new Error('fast-check gave no sample');
  return scenario;
}
