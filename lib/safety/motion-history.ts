import type { JointReference, TrajectoryPoint } from '../trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../trajectory/sample-trajectory.js';

/** A motion that was sent. */
export interface SentMotion {
  /** Milliseconds on the robot's clock. */
  readonly startMs: number;
  readonly points: readonly TrajectoryPoint[];
  /** Progress at each point; in between it grows evenly with time. */
  readonly progress: readonly number[];
}

/** How long a motion that was replaced is remembered: longer than any observation may be old. */
const REMEMBERED_MS = 10_000;

/** What the robot was commanded, when: references and progress at any recent instant. */
export class MotionHistory {
  #motions: SentMotion[] = [];
  /** Progress before the first motion that is remembered. */
  #progressBefore = 0;

  /** A motion that takes over from the one before it at its start. */
  add(motion: SentMotion): void {
    const forgotten = motion.startMs - REMEMBERED_MS;
    const kept = this.#motions.findLastIndex(({ startMs }) => startMs <= forgotten);
    if (kept > 0) {
      this.#progressBefore = this.#motions[kept]?.progress[0] ?? this.#progressBefore;
      this.#motions = this.#motions.slice(kept);
    }
    this.#motions.push(motion);
  }

  /** Forgets where the robot was told to be: it is no longer there. Progress stays. */
  forgetReferences(): void {
    this.#progressBefore = this.progressAt(Number.POSITIVE_INFINITY);
    this.#motions = [];
  }

  /** The commanded state at an instant; undefined before the first motion. */
  referenceAt(timeMs: number): JointReference | undefined {
    const motion = this.#at(timeMs);
    return motion && sampleTrajectory(motion.points, (timeMs - motion.startMs) / 1000);
  }

  /** Waypoints consumed by an instant. Planned motions count as if they are carried out. */
  progressAt(timeMs: number): number {
    const motion = this.#at(timeMs);
    if (motion === undefined) return this.#motions[0]?.progress[0] ?? this.#progressBefore;
    return progressIn(motion, (timeMs - motion.startMs) / 1000);
  }

  /** When the last motion comes to rest; −Infinity before the first. */
  get endMs(): number {
    const last = this.#motions.at(-1);
    return last === undefined
      ? Number.NEGATIVE_INFINITY
      : last.startMs + (last.points.at(-1)?.timeS ?? 0) * 1000;
  }

  get last(): SentMotion | undefined {
    return this.#motions.at(-1);
  }

  #at(timeMs: number): SentMotion | undefined {
    return this.#motions.findLast(({ startMs }) => startMs <= timeMs);
  }
}

function progressIn({ points, progress }: SentMotion, timeS: number): number {
  const after = points.findIndex((point) => point.timeS > timeS);
  if (after < 0) return progress.at(-1) ?? 0;
  const to = progress[after] ?? 0;
  const from = progress[after - 1];
  if (from === undefined) return to;
  const start = points[after - 1]?.timeS ?? 0;
  const end = points[after]?.timeS ?? 0;
  return from + ((to - from) * (timeS - start)) / (end - start);
}
