import { ActionChunk, type Waypoint } from '../../../lib/action/action-chunk.js';
import { VLAError } from '../../../lib/errors.js';
import type { Submission } from '../../../lib/safety/guarded-motion.js';
import type { JointLimits } from '../../../lib/safety/joint-limits.js';
import { SafeVLAExecutor, type SafeVLAExecutorOptions } from '../../../lib/safety/safe-vla-executor.js';
import type { Outcome } from '../../../lib/safety/verdict.js';
import { type Arrival, CommandOracle, type Occasion } from '../oracle/command-oracle.js';
import type { Received } from '../oracle/commanded.js';
import type { Escape, OracleLimits } from '../oracle/motion-oracle.js';
import { whyNothing } from '../oracle/request-oracle.js';
import { chunkValues } from './chunk-values.js';
import { FuzzRobot } from './fuzz-robot.js';
import { FuzzWorld } from './fuzz-world.js';
import { ImageRun } from './image-run.js';
import type { ChunkGene, EventGene, JointGene, Scenario } from './scenario.js';

/** Wide enough that no busy machine decides: the wall clock has no part in a run. */
const COLLISION_BUDGET_MS = 1e9;
const START_TOLERANCE = 0.1;
const SETTLING_MS = 4000;

export interface FoundEscape {
  /** Number of the chunk in its scenario. */
  readonly chunk: number;
  readonly what: Escape;
}

export interface ScenarioResult {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Commands that were judged. */
  readonly commands: number;
  readonly escapes: readonly FoundEscape[];
  /** How often each guard had a reason. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** A decision as the executor records it. */
export interface RecordedDecision {
  readonly kind: string;
  readonly data: unknown;
}

/** Options of a test that looks at more than escapes. */
export interface Listeners {
  readonly onRecord?: (record: RecordedDecision) => void;
}

/** The limits of a random robot, as its user states them. */
export function jointLimits(joints: readonly JointGene[]): JointLimits[] {
  return joints.map(({ min, span, velocity, acceleration, jerk, continuous }, joint) => ({
    name: `axis ${joint}`,
    min: continuous ? Number.NEGATIVE_INFINITY : min,
    max: continuous ? Number.POSITIVE_INFINITY : min + span,
    velocity: 10 ** velocity,
    ...(acceleration !== null && { acceleration: 10 ** acceleration }),
    ...(jerk !== null && { jerk: 10 ** jerk }),
  }));
}

/** What the executor is told, but for its surroundings and its log. */
export function executorOptions(scenario: Scenario): SafeVLAExecutorOptions {
  return {
    limits: jointLimits(scenario.joints),
    motionFactor: scenario.motionFactor,
    waitS: scenario.restMs / 1000,
    startTolerance: START_TOLERANCE,
    collisionBudgetMs: COLLISION_BUDGET_MS,
    onWarning: () => {},
  };
}

/** Runs a scenario through the public executor, with the oracle beside it. */
export async function runScenario(scenario: Scenario, listeners: Listeners = {}): Promise<ScenarioResult> {
  return new ScenarioRun(scenario, listeners).run();
}

class ScenarioRun {
  readonly #scenario: Scenario;
  readonly #robot: FuzzRobot;
  readonly #world: FuzzWorld | undefined;
  readonly #executor: SafeVLAExecutor;
  readonly #oracle: CommandOracle;
  readonly #limits: OracleLimits;
  readonly #images = new ImageRun();
  readonly #outcomes: Record<Outcome, number> = { pass: 0, modify: 0, truncate: 0, reject: 0, stop: 0 };
  readonly #reasons = new Map<string, number>();
  readonly #escapes: FoundEscape[] = [];
  #chunk = 0;
  #records = 0;
  #recordsBefore = 0;
  #auditWorks = true;
  #occasion: Occasion = 'stop';
  #judge: (arrival: Arrival) => Escape[] = () => ['a command out of nowhere'];
  #sequence = 0;
  #image = 0;
  #lastSent: { sequence: number; capturedAt: number } | undefined;
  #resetAtMs: number | undefined;

  constructor(scenario: Scenario, { onRecord }: Listeners) {
    this.#scenario = scenario;
    const { joints, world, motionFactor, gripperMs } = scenario;
    const limits = jointLimits(joints);
    const starts = joints.map(({ min, span, start }) => min + span * start);
    const robot = new FuzzRobot(
      limits.map(({ name }) => name),
      starts,
    );
    robot.gripperMs = gripperMs;
    robot.onArrival = (received) => this.#arrived(received);
    this.#robot = robot;
    this.#world =
      world === null
        ? undefined
        : new FuzzWorld(world, joints.length, robot.clock, (ms) => robot.advance(ms));
    this.#limits = {
      min: limits.map(({ min }) => min),
      max: limits.map(({ max }) => max),
      velocity: limits.map(({ velocity }) => velocity),
      // The values of the specification for limits that are missing.
      acceleration: limits.map(({ acceleration = 1 }) => acceleration),
      jerk: limits.map(({ jerk = 10 }) => jerk),
    };
    this.#oracle = new CommandOracle({
      joints: joints.length,
      limits: this.#limits,
      motionFactor,
      startTolerance: START_TOLERANCE,
    });
    this.#executor = new SafeVLAExecutor(robot, {
      ...executorOptions(scenario),
      ...this.#world?.options,
      audit: {
        append: (record) => {
          if (!this.#auditWorks) throw new Error('the disk is full');
          this.#records++;
          onRecord?.(record);
        },
      },
    });
  }

  async run(): Promise<ScenarioResult> {
    for (const [index, event] of this.#scenario.events.entries()) {
      this.#chunk = index;
      try {
        await this.#event(event);
      } catch (error) {
        this.#found([`threw ${error instanceof Error ? error.stack : error}`]);
      }
    }
    return {
      outcomes: this.#outcomes,
      commands: this.#robot.received,
      escapes: this.#escapes,
      reasons: this.#reasons,
    };
  }

  async #event(event: EventGene): Promise<void> {
    const { incident, amount, ticks, tickMs } = event;
    const world = this.#world;
    this.#before(event);
    await this.#submit(event.chunk);
    if (incident === 'slow-to') {
      this.#expect('slow-down');
      await this.#executor.slowTo(amount < 0.3 ? 0 : amount);
    }
    if (incident === 'stop') {
      this.#expect('stop');
      await this.#executor.stop('the fuzzer asks for it');
    }
    for (let tick = 0; tick < ticks; tick++) {
      this.#robot.advance(tickMs);
      if (world && incident !== 'scene-stale') world.sceneStamp = this.#robot.clock.ms;
      if (incident === 'obstacle-near' && tick === 1) world?.moveTo(amount, 0.5 - amount);
      await this.#tick();
    }
    this.#after();
    if (this.#executor.latched !== undefined && amount < 0.8) await this.#reset();
  }

  #before({ incident, amount }: EventGene): void {
    const robot = this.#robot;
    const offset = (size: number) =>
      robot.jointNames.map((_, joint) => size * Math.sin(amount * 97 + joint * 5));
    switch (incident) {
      case 'push':
        robot.push(offset(0.04));
        break;
      case 'shove':
        robot.push(offset(2 * amount));
        break;
      case 'slow-checker':
        if (this.#world) this.#world.answerMs = 20 * amount;
        break;
      case 'slow-state':
        robot.stateMs = 60 * amount;
        break;
      case 'stale-state':
        robot.distort = (state) => ({ ...state, stamp: state.stamp - 250 * amount });
        break;
      case 'future-state':
        robot.distort = (state) => ({ ...state, stamp: state.stamp + 120 * amount });
        break;
      case 'nan-state':
        robot.distort = (state) => ({ ...state, positions: state.positions.map(() => Number.NaN) });
        break;
      case 'moving-state':
        robot.distort = (state) => ({ ...state, velocities: offset(amount) });
        break;
      case 'follow-fails':
        robot.followFails = true;
        break;
      case 'audit-fails':
        this.#auditWorks = false;
        break;
    }
    if (incident === 'push' || incident === 'shove') this.#images.forget();
    if (this.#world)
      this.#world.sceneStamp = robot.clock.ms - (incident === 'scene-stale' ? 1000 * amount : 0);
  }

  #after(): void {
    const robot = this.#robot;
    robot.stateMs = 0;
    robot.distort = (state) => state;
    robot.followFails = false;
    this.#auditWorks = true;
    if (this.#world) this.#world.answerMs = 0;
  }

  async #submit(gene: ChunkGene): Promise<void> {
    const { clock } = this.#robot;
    const start = this.#executor.referenceAt(clock.ms + 20)?.positions ?? this.#robot.positions;
    const waypoints = chunkValues(gene, start, this.#limits);
    const chunk = this.#chunkOf(gene, waypoints.length);
    this.#sequence = Math.max(this.#sequence, Number.isNaN(chunk.sequence) ? 0 : chunk.sequence);
    const latched = this.#executor.latched !== undefined;
    const surroundings = this.#world?.surroundings() ?? (() => []);
    let judging: ReturnType<CommandOracle['request']> | undefined;
    this.#recordsBefore = this.#records;
    // Judged by the time at which the executor had read the joints, and so only once a command arrives.
    this.#occasion = 'request';
    const judged = () => {
      judging ??= this.#oracle.request(waypoints, this.#nothing(chunk, waypoints, latched), surroundings);
      return judging;
    };
    this.#judge = (arrival) => judged().command(arrival);
    const progress = this.#progress(gene, chunk);
    this.#noteImage(chunk, waypoints);
    const submission = await this.#executor.submit({ chunk, waypoints, progress, instruction: '' });
    const { outcome, waypointsSent } = submission;
    this.#found(judged().answered(waypointsSent, outcome === 'pass' || outcome === 'modify'));
    this.#answered(submission, chunk);
  }

  #answered({ outcome, reasons, commandedAt }: Submission, chunk: ActionChunk): void {
    this.#outcomes[outcome]++;
    for (const { guard, kind } of reasons) {
      const name = `${guard}/${kind}`;
      this.#reasons.set(name, (this.#reasons.get(name) ?? 0) + 1);
    }
    if (reasons.some(({ kind }) => kind === 'start-gap')) this.#images.forget();
    if (commandedAt !== undefined)
      this.#lastSent = { sequence: chunk.sequence, capturedAt: chunk.capturedAt };
  }

  #nothing(chunk: ActionChunk, waypoints: readonly Waypoint[], latched: boolean): string | undefined {
    const { told, toldAt, jointNames } = this.#robot;
    return whyNothing(
      {
        nowMs: toldAt,
        capturedAt: chunk.capturedAt,
        inferenceMs: chunk.timing?.totalMs ?? 0,
        sequence: chunk.sequence,
        jointNames: chunk.jointNames,
        jointUnits: chunk.jointUnits,
        waypoints,
        measured: told ?? { positions: [], stamp: Number.NaN },
        lastSent: this.#lastSent,
        resetAtMs: this.#resetAtMs,
        latched,
        sameImage: this.#images.last,
        auditWorks: this.#auditWorks,
      },
      jointNames,
    );
  }

  #noteImage(chunk: ActionChunk, waypoints: readonly Waypoint[]): void {
    const { jointNames, history } = this.#robot;
    const fits =
      waypoints.length > 0 &&
      chunk.jointNames.join() === jointNames.join() &&
      chunk.jointUnits.every((unit) => unit === 'rad') &&
      waypoints.every(
        ({ joints, gripper = 0 }) =>
          joints.length === jointNames.length && [...joints, gripper].every(Number.isFinite),
      );
    if (!fits) return;
    // Before the first command nobody knows but by measuring, and a push is no motion.
    const commanded = this.#executor.referenceAt(chunk.capturedAt) !== undefined;
    const positions = commanded ? history.known(chunk.capturedAt)?.positions : undefined;
    this.#images.note(chunk.frameFingerprint, positions);
  }

  async #tick(): Promise<void> {
    this.#expect('tick');
    await this.#executor.tick();
  }

  /** Lets the robot come to rest and asks for a reset, which may be refused. */
  async #reset(): Promise<void> {
    for (let passed = 0; passed < SETTLING_MS; passed += SETTLING_MS / 2) {
      this.#robot.advance(SETTLING_MS / 2);
      if (this.#world) this.#world.sceneStamp = this.#robot.clock.ms;
      await this.#tick();
    }
    try {
      await this.#executor.reset();
    } catch (error) {
      if (error instanceof VLAError && error.code === 'SAFETY_LATCHED') return;
      throw error;
    }
    this.#resetAtMs = this.#robot.clock.ms;
    this.#images.forget();
    this.#robot.advance(20);
  }

  #expect(occasion: Occasion): void {
    this.#occasion = occasion;
    this.#judge = (arrival) => this.#oracle.command(arrival);
  }

  #arrived(received: Received): void {
    const latched = this.#executor.latched !== undefined;
    const occasion = this.#occasion;
    if (occasion === 'request' && !latched && this.#records === this.#recordsBefore)
      this.#found(['sent before it was recorded']);
    const still = this.#robot.jointNames.map(() => 0);
    const measured = this.#robot.told ?? { positions: this.#robot.positions, velocities: still };
    this.#found(this.#judge({ received, occasion, latched, history: this.#robot.history, measured }));
  }

  #found(escapes: readonly Escape[]): void {
    for (const what of escapes) this.#escapes.push({ chunk: this.#chunk, what });
  }

  #chunkOf(gene: ChunkGene, waypoints: number): ActionChunk {
    const { jointNames, clock } = this.#robot;
    const { fault, image, sequenceStep, inferenceMs, pace } = gene;
    const names = fault === 'names' ? [...jointNames].reverse().map((name) => `other ${name}`) : jointNames;
    const unit = fault === 'units' ? 'deg' : 'rad';
    if (image === 'new') this.#image++;
    return new ActionChunk({
      data: new Float32Array(Math.max(1, waypoints) * names.length),
      dims: names.map((name) => ({ name, kind: 'joint' as const, unit })),
      secondsPerWaypoint: 10 ** pace,
      capturedAt: clock.ms - this.#ageMs(gene),
      sequence: this.#sequence + sequenceStep,
      ...(image !== 'none' && { frameFingerprint: this.#image }),
      timing: { preprocessMs: 0, queueMs: 0, inferMs: inferenceMs, postprocessMs: 0, totalMs: inferenceMs },
    });
  }

  #ageMs({ ageMs, fresh }: ChunkGene): number {
    const newest = Math.max(this.#lastSent?.capturedAt ?? 0, this.#resetAtMs ?? 0);
    return fresh ? Math.min(ageMs, 0.9 * (this.#robot.clock.ms - newest)) : ageMs;
  }

  #progress({ progress }: ChunkGene, chunk: ActionChunk): number {
    const nowMs = this.#robot.clock.ms;
    switch (progress) {
      case 'captured':
        return this.#executor.progressAt(chunk.capturedAt) + 1;
      case 'now':
        return this.#executor.progressAt(nowMs + 20) + 1;
      case 'nan':
        return Number.NaN;
      case 'infinite':
        return Number.POSITIVE_INFINITY;
      default:
        return this.#executor.progressAt(nowMs) + progress;
    }
  }
}
