import { VLAError } from '../errors.js';
import type { JointReference, JointTrajectory } from '../trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../trajectory/sample-trajectory.js';
import { checkedRate, FixedRate } from './fixed-rate.js';
import type { Clock } from './robot.js';
import { TrajectoryQueue } from './trajectory-queue.js';

export interface TrajectoryPlayerOptions {
  /** The robot's clock. */
  readonly clock: Clock;
  /** Set points per second, above 0 and at most 1000. Default 100. */
  readonly rateHz?: number;
  /**
   * Gives the robot its set point of the moment. While it is pending none is sent, and those that fell due are left
   * out. An error ends playing.
   */
  readonly send: (reference: JointReference) => void | Promise<void>;
  /** Told at once when playing has ended in an error, besides the next `follow`. */
  readonly onError?: (error: VLAError) => void;
}

/**
 * Plays trajectories to a driver that takes single set points, on an absolute timeline:
 *
 *     class MyArm implements Robot {
 *       readonly #driver = new MyDriver('/dev/ttyUSB0');
 *       readonly #player = new TrajectoryPlayer({
 *         clock: systemClock,
 *         send: ({ positions }) => this.#driver.setPositions(positions),
 *       });
 *       follow(trajectory: JointTrajectory) {
 *         return this.#player.follow(trajectory);
 *       }
 *       async stop() {
 *         this.#player.stop();
 *         await this.#driver.halt();
 *       }
 *       // jointNames, clock, camera, gripper, jointState …
 *     }
 *
 * Unlike a controller that holds the whole trajectory, it stops sending with the process that it runs in: the arm
 * then stays at its last set point, without braking along the path.
 */
export class TrajectoryPlayer {
  readonly #clock: Clock;
  readonly #rateHz: number;
  readonly #send: (reference: JointReference) => void | Promise<void>;
  readonly #onError: ((error: VLAError) => void) | undefined;
  readonly #trajectories = new TrajectoryQueue();
  /** Cuts the wait for the next set point short; undefined while nothing plays. */
  #wait: AbortController | undefined;
  #failure: VLAError | undefined;

  /** @throws VLAError INVALID_ARGUMENT when the rate is out of range */
  constructor({ clock, rateHz = 100, send, onError }: TrajectoryPlayerOptions) {
    this.#clock = clock;
    this.#rateHz = checkedRate(rateHz);
    this.#send = send;
    this.#onError = onError;
  }

  /**
   * Plays the trajectory in place of the one that plays, from its start time on; until then that one goes on. Without
   * one, nothing is sent before the start time. The last point is sent once, and then no more.
   *
   * @throws VLAError ROBOT_FAILED once when sending has failed since the last call (nothing is played then),
   *   CALLBACK_FAILED when `onError` failed as well, INVALID_ARGUMENT when the trajectory has no points or no start time
   */
  async follow(trajectory: JointTrajectory): Promise<void> {
    const { startMs, points } = trajectory;
    if (!Number.isFinite(startMs) || points.length === 0)
      throw new VLAError(
        'INVALID_ARGUMENT',
        `a trajectory needs a finite startMs and a point, got ${startMs} and ${points.length} points`,
      );
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
    this.#trajectories.add(trajectory);
    if (this.#wait === undefined) void this.#play();
  }

  /** Ends playing: after a set point that is being sent now, none follows. */
  stop(): void {
    this.#trajectories.clear();
    this.#wait?.abort();
  }

  /** Never rejects. */
  async #play(): Promise<void> {
    const rate = new FixedRate(this.#clock, this.#rateHz);
    try {
      while (!this.#trajectories.isEmpty) {
        this.#wait = new AbortController();
        const { signal } = this.#wait;
        // A stop ends the wait; a trajectory that came right after it is played by this same loop.
        const due = await rate.next(signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        if (due) await this.#sendPresent();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#wait = undefined;
    }
  }

  async #sendPresent(): Promise<void> {
    const now = this.#clock.now();
    const playing = this.#trajectories.runningAt(now);
    if (playing === undefined) return;
    this.#trajectories.dropBefore(playing);
    const { startMs, points } = playing;
    const timeS = (now - startMs) / 1000;
    await this.#send(sampleTrajectory(points, timeS));
    const durationS = points.at(-1)?.timeS ?? 0;
    if (timeS >= durationS) this.#trajectories.drop(playing);
  }

  #fail(cause: unknown): void {
    this.#trajectories.clear();
    const text = cause instanceof Error ? cause.message : String(cause);
    this.#failure = new VLAError('ROBOT_FAILED', `sending a set point failed: ${text}`, {
      hint: 'The arm stays at its last set point, and nothing more is sent until the next trajectory.',
      cause,
    });
    try {
      this.#onError?.(this.#failure);
    } catch (error) {
      // Nobody awaits the loop, so the listener's own error can only travel with the failure that it was told of.
      this.#failure = new VLAError('CALLBACK_FAILED', `onError of the trajectory player failed`, {
        cause: new AggregateError([error, this.#failure]),
      });
    }
  }
}
