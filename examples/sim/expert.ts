import { forwardKinematics, inverseKinematics } from './kinematics.js';
import type { PickWorld } from './pick-world.js';
import { HOME_TCP } from './scene.js';
import type { Vec3 } from './vector.js';

/** Seconds per waypoint. */
export const WAYPOINT_S = 0.2;
/** Waypoints per chunk. */
export const HORIZON = 5;

/** One waypoint: six joint angles (rad), then the gripper (0 open, 1 closed). */
export type ExpertWaypoint = readonly number[];

const SUBSTEPS = 10;
const SUBSTEP_S = WAYPOINT_S / SUBSTEPS;
/** Tool above the block's centre when the fingers close: the pads stay clear of the table. */
const GRASP_ABOVE = 0.01;
const APPROACH_ABOVE = 0.14;
const LIFT_HEIGHT = 0.2;
const CRUISE_HEIGHT = 0.12;
/** m/s */
const HORIZONTAL_SPEED = 0.28;
/** m/s */
const VERTICAL_SPEED = 0.22;

function approach(from: number, to: number, gain: number, limit: number): number {
  const distance = to - from;
  const speed = Math.min(limit, gain * Math.abs(distance) + 0.02);
  return from + Math.sign(distance) * Math.min(Math.abs(distance), speed * SUBSTEP_S);
}

/** Moves horizontally towards a point; too low for the way ahead, it waits until the tool has risen. */
function slide(
  [x, y, z]: Vec3,
  [tx, ty]: readonly [number, number, ...number[]],
  lowBy: number,
  topSpeed = HORIZONTAL_SPEED,
): Vec3 {
  const ex = tx - x;
  const ey = ty - y;
  const distance = Math.hypot(ex, ey);
  if (distance < 1e-9) return [x, y, z];
  const limit = topSpeed * (lowBy > 0.02 ? 0.15 : 1);
  const step = Math.min(distance, Math.min(limit, 5 * distance + 0.01) * SUBSTEP_S);
  return [x + (ex / distance) * step, y + (ey / distance) * step, z];
}

/**
 * What a skilled operator would do next to pick up block `target`, from the present state of the world: five
 * waypoints. It is a funnel, not a script: any state has an answer, so any state a policy gets itself into can be
 * labelled with the way out of it.
 */
export function expertPick(world: PickWorld, target: number): ExpertWaypoint[] {
  let tool = world.tcp();
  const block = world.blockPosition(target);
  const grasp = block[2] + GRASP_ABOVE;
  let closed = world.gripperClosed;
  let held = closed && world.heldBlock() === target;
  const waypoints: ExpertWaypoint[] = [];
  for (let waypoint = 0; waypoint < HORIZON; waypoint++) {
    // Fingers that closed on nothing open first; the arm waits for them.
    const reopening = closed && !held;
    for (let substep = 0; substep < SUBSTEPS && !reopening; substep++) {
      if (held) {
        tool = [tool[0], tool[1], Math.min(LIFT_HEIGHT, tool[2] + VERTICAL_SPEED * SUBSTEP_S)];
        continue;
      }
      const distance = Math.hypot(block[0] - tool[0], block[1] - tool[1]);
      const openness = Math.min(1, Math.max(0, (distance - 0.008) / 0.05));
      const height = grasp + APPROACH_ABOVE * openness;
      tool = slide(tool, block, height - tool[2]);
      tool = [tool[0], tool[1], approach(tool[2], height, 6, VERTICAL_SPEED)];
    }
    if (reopening) closed = false;
    else if (!held) {
      const distance = Math.hypot(block[0] - tool[0], block[1] - tool[1]);
      held = distance < 0.008 && Math.abs(tool[2] - grasp) < 0.008;
      closed = held;
    }
    waypoints.push([...inverseKinematics(tool), closed ? 1 : 0]);
  }
  return waypoints;
}

/** What to do when there is nothing to pick: rise, go home and wait there, holding on to whatever is held. */
export function expertRetreat(world: PickWorld): ExpertWaypoint[] {
  let tool = world.tcp();
  const closed = world.gripperClosed ? 1 : 0;
  // A block in the fingers is thrown by a brisk start.
  const pace = closed ? 0.35 : 1;
  return Array.from({ length: HORIZON }, () => {
    for (let substep = 0; substep < SUBSTEPS; substep++) {
      tool = slide(tool, HOME_TCP, CRUISE_HEIGHT - tool[2], pace * HORIZONTAL_SPEED);
      tool = [tool[0], tool[1], approach(tool[2], HOME_TCP[2], 6, pace * VERTICAL_SPEED)];
    }
    return [...inverseKinematics(tool), closed];
  });
}

/** The same waypoint with its tool moved by `offset` metres (never into the table). */
export function displaced(waypoint: ExpertWaypoint, offset: Vec3): ExpertWaypoint {
  const [x, y, z] = forwardKinematics(waypoint);
  const moved: Vec3 = [x + offset[0], y + offset[1], Math.max(0.024, z + offset[2])];
  return [...inverseKinematics(moved), waypoint[6] ?? 0];
}
