import { VLAError, type VLAErrorCode } from '../errors.js';
import type { GuardName, SafetyReason } from './verdict.js';

const CODES: Readonly<Record<GuardName, VLAErrorCode>> = {
  latch: 'SAFETY_LATCHED',
  audit: 'AUDIT_FAILED',
  watchdog: 'WATCHDOG_TRIPPED',
  robot: 'ROBOT_FAILED',
  structure: 'CHUNK_INVALID',
  observation: 'CHUNK_STALE',
  'chunk-age': 'CHUNK_STALE',
  'start-continuity': 'CHUNK_UNREACHABLE',
  'position-limits': 'CHUNK_UNREACHABLE',
  gripper: 'CHUNK_INVALID',
  dynamics: 'CHUNK_UNREACHABLE',
  workspace: 'WORKSPACE_LEFT',
  collision: 'COLLISION_PREDICTED',
  'checker-health': 'COLLISION_CHECK_FAILED',
  distance: 'COLLISION_PREDICTED',
  tracking: 'TRACKING_LOST',
};

const HINTS: Readonly<Partial<Record<GuardName, string>>> = {
  latch: 'Remove the cause, call reset(), then infer again from a new frame.',
  audit: 'Free space on the disk or choose another file; nothing moves without its record.',
  watchdog: 'Find out what held the control loop up, then reset the watchdog and the executor.',
  robot: "Check the robot's driver, then call reset().",
  structure: 'Run a policy that was trained for this robot, with the joint names of the robot in its order.',
  observation: "Capture a new frame and infer again; stamp frames on the robot's clock (robot.clock.now()).",
  'chunk-age': 'Capture a new frame and infer again; if this repeats, inference is too slow for the limit.',
  'start-continuity':
    'The next chunk starts from the measured state; check zero offsets if it is refused again.',
  'position-limits': 'Infer again from a new frame; check the limits and the zero offsets of the joints.',
  dynamics: 'The policy asks for far more than the limits allow; check its units and seconds per waypoint.',
  workspace: 'Infer again from a new frame, or enlarge the workspace.',
  collision: 'Clear the way or move the arm back, then infer again from a new frame.',
  'checker-health': 'Check the collision checker and the feed of its obstacles.',
  distance: 'Wait until the obstacle has left, then infer again from a new frame.',
  tracking: 'Find out what holds the joint (collision, load, driver), then call reset().',
};

const HINTS_BY_KIND: Readonly<Record<string, string>> = {
  'out-of-order':
    'Run each chunk once and in order. Another engine counts anew: give it an executor of its own.',
};

/** The error that stands for a reason: its code follows from the guard. */
export function reasonError(reason: SafetyReason, cause?: unknown): VLAError {
  const hint = HINTS_BY_KIND[reason.kind] ?? HINTS[reason.guard];
  return new VLAError(CODES[reason.guard], reason.message, {
    ...(hint !== undefined && { hint }),
    ...(cause !== undefined && { cause }),
  });
}
