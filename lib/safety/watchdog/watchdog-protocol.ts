import type { TripReason } from './motion-watchdog.js';

/** How the watchdog process stops the robot, with all paths absolute. */
export type StopPlan =
  | { readonly kind: 'module'; readonly url: string; readonly name: string; readonly config: unknown }
  | { readonly kind: 'command'; readonly file: string; readonly args: readonly string[] };

/** The first line that the parent writes; single bytes of watchdog-signals.js follow. */
export interface ChildStart {
  readonly stop: StopPlan;
  readonly timeoutMs: number;
  /** Null when no enable is needed. */
  readonly enableTimeoutMs: number | null;
  /** For each try of the stop command. */
  readonly stopTimeoutMs: number;
}

/** What became of the stop command after a trip. */
export interface StopReport {
  /** Whether a try succeeded: the function returned, or the command ended with exit code 0. */
  readonly accepted: boolean;
  /** 1 … 3. */
  readonly tries: number;
  /** Why the last try failed; empty when it succeeded. */
  readonly message: string;
}

/** What the child writes, one line of JSON each. */
export type FromChild =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'refused';
      readonly code: 'INVALID_ARGUMENT' | 'ROBOT_FAILED';
      readonly message: string;
    }
  /** In answer to beats. */
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'tripped';
      readonly reason: TripReason;
      readonly at: number;
      readonly message: string;
    }
  | { readonly kind: 'stop'; readonly report: StopReport }
  /** In answer to a reset; null when it was done. */
  | { readonly kind: 'reset'; readonly refusal: string | null }
  /** The last words before the child ends. */
  | { readonly kind: 'fault'; readonly message: string };
