import { type ExpertWaypoint, WAYPOINT_S } from './expert.js';
import type { PickWorld } from './pick-world.js';
import type { SimRobot } from './sim-robot.js';

/** Brings the arm to a waypoint of the expert, then the gripper. */
export async function carryOut(robot: SimRobot, world: PickWorld, waypoint: ExpertWaypoint): Promise<void> {
  await moveEvenly(robot, world, waypoint.slice(0, 6));
  const close = (waypoint[6] ?? 0) > 0.5;
  if (close === world.gripperClosed) return;
  await (close ? robot.gripper.close() : robot.gripper.open());
}

/** The joint targets move evenly, each on its own: what the servos make of that is part of the data. */
async function moveEvenly(robot: SimRobot, world: PickWorld, joints: readonly number[]): Promise<void> {
  const from = world.jointTarget;
  const steps = Math.round(WAYPOINT_S / world.timestep);
  for (let step = 1; step <= steps; step++) {
    const part = step / steps;
    world.setJointTarget(from.map((start, joint) => start + ((joints[joint] ?? start) - start) * part));
    await robot.clock.sleep(world.timestep * 1000);
  }
}
