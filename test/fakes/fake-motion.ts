import type { Waypoint } from '../../lib/action/action-chunk.js';
import { VLAError } from '../../lib/errors.js';
import type { Clock } from '../../lib/robot/robot.js';
import type {
  GuardedMotion,
  MotionRequest,
  MotionStatus,
  Submission,
} from '../../lib/safety/guarded-motion.js';
import type { Outcome } from '../../lib/safety/verdict.js';
import type { JointReference } from '../../lib/trajectory/joint-trajectory.js';

/** A stretch of progress at a constant pace, along waypoints of which the first is due at `first`. */
interface Stretch {
  readonly startMs: number;
  readonly from: number;
  readonly to: number;
  readonly perMs: number;
  readonly first: number;
  readonly waypoints: readonly Waypoint[];
  readonly start: readonly number[];
}

export type MotionCall = 'submit' | 'tick' | 'slowTo';

/** A motion in memory: straight from waypoint to waypoint, at one pace. Any call can be told to fail or to hang. */
export class FakeMotion implements GuardedMotion {
  readonly submitted: (MotionRequest & { readonly at: number; readonly outcome: Outcome })[] = [];
  readonly slowed: { readonly rate: number; readonly at: number }[] = [];
  /** Share of the planned pace at which chunks run. */
  pace = 1;
  /** Waypoints that braking takes. */
  brakingWaypoints = 0.25;
  /** What the guards make of a request. */
  judge: (request: MotionRequest) => Outcome = () => 'pass';
  latched: VLAError | undefined;
  /** Called at the start of every call with its kind and number among its kind, from 0. */
  onCall: (call: MotionCall, number: number) => void | Promise<void> = () => {};
  readonly #clock: Clock;
  readonly #stretches: Stretch[] = [];
  readonly #calls = new Map<MotionCall, number>();
  #reported = 0;
  #commands = 0;
  /** Largest number of submit and slowTo calls that overlapped. */
  mostCommands = 0;

  constructor(
    clock: Clock,
    readonly home: readonly number[],
  ) {
    this.#clock = clock;
  }

  progressAt(timeMs: number): number {
    const stretch = this.#stretches.findLast(({ startMs }) => startMs <= timeMs);
    if (stretch === undefined) return 0;
    return Math.min(stretch.from + (timeMs - stretch.startMs) * stretch.perMs, stretch.to);
  }

  referenceAt(timeMs: number): JointReference | undefined {
    const stretch = this.#stretches.findLast(({ startMs }) => startMs <= timeMs);
    if (stretch === undefined) return undefined;
    const zeros = this.home.map(() => 0);
    const positions = positionsAt(stretch, this.progressAt(timeMs));
    return { positions, velocities: zeros, accelerations: zeros };
  }

  /** Whether it moves now. */
  get moving(): boolean {
    return this.#remaining > 0;
  }

  submit(request: MotionRequest): Promise<Submission> {
    return this.#command('submit', () => this.#judged(request));
  }

  async tick(): Promise<MotionStatus> {
    await this.#call('tick');
    const progress = this.progressAt(this.#clock.now());
    const { first = 0, waypoints = [] } = this.#stretches.at(-1) ?? {};
    const passed = waypoints.filter((_, k) => first + k > this.#reported && first + k <= progress);
    this.#reported = progress;
    return { remaining: this.#remaining, moving: this.moving, passed, latched: this.latched };
  }

  slowTo(rate: number): Promise<void> {
    return this.#command('slowTo', () => {
      const at = this.#clock.now();
      this.slowed.push({ rate, at });
      const running = this.#stretches.at(-1);
      if (running === undefined || !this.moving) return;
      const from = this.progressAt(at);
      const to = rate === 0 ? Math.min(running.to, from + this.brakingWaypoints) : running.to;
      const perMs = running.perMs * (rate === 0 ? 0.5 : rate);
      this.#stretches.push({ ...running, startMs: at, from, to, perMs });
    });
  }

  /** Makes the given call fail, from its nth occurrence on. */
  failOn(call: MotionCall, from = 0, error: unknown = new Error(`${call} is broken`)): this {
    this.onCall = (kind, number) => {
      if (kind === call && number >= from) throw error;
    };
    return this;
  }

  get #remaining(): number {
    return Math.max(0, (this.#stretches.at(-1)?.to ?? 0) - this.progressAt(this.#clock.now()));
  }

  #judged(request: MotionRequest): Submission {
    const at = this.#clock.now();
    const { chunk, waypoints, progress: first } = request;
    const from = this.progressAt(at);
    const ahead = waypoints.filter((_, k) => first + k > from).length;
    const outcome = ahead === 0 ? 'reject' : this.judge(request);
    this.submitted.push({ ...request, at, outcome });
    const common = { outcome, reasons: [], timeScale: this.pace, guardMs: 1 };
    if (outcome === 'reject' || outcome === 'stop') {
      const error = new VLAError(outcome === 'stop' ? 'TRACKING_LOST' : 'CHUNK_STALE', `told to ${outcome}`);
      if (outcome === 'stop') this.latched = error;
      return { ...common, waypointsSent: 0, commandedAt: undefined, error };
    }
    const start = this.referenceAt(at)?.positions ?? this.home;
    const to = first + waypoints.length - 1;
    const perMs = this.pace / (chunk.secondsPerWaypoint * 1000);
    this.#stretches.push({ startMs: at, from, to, perMs, first, waypoints, start });
    return { ...common, waypointsSent: ahead, commandedAt: at };
  }

  async #command<T>(call: MotionCall, work: () => T): Promise<T> {
    this.#commands++;
    this.mostCommands = Math.max(this.mostCommands, this.#commands);
    try {
      await this.#call(call);
      return work();
    } finally {
      this.#commands--;
    }
  }

  async #call(call: MotionCall): Promise<void> {
    const number = this.#calls.get(call) ?? 0;
    this.#calls.set(call, number + 1);
    await this.onCall(call, number);
  }
}

function positionsAt({ from, first, waypoints, start }: Stretch, progress: number): readonly number[] {
  const path = [
    { at: from, joints: start },
    ...waypoints.map(({ joints }, k) => ({ at: first + k, joints })).filter(({ at }) => at > from),
  ];
  const next = path.findIndex(({ at }) => at >= progress);
  const to = path[next < 0 ? path.length - 1 : next];
  const before = path[Math.max(0, next - 1)];
  if (to === undefined || before === undefined || to.at === before.at) return to?.joints ?? start;
  const share = (progress - before.at) / (to.at - before.at);
  return to.joints.map((value, joint) => {
    const origin = before.joints[joint] ?? 0;
    return origin + Math.min(1, share) * (value - origin);
  });
}
