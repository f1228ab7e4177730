import { type Finding, fail, ok, warn } from '../../doctor/finding.js';
import type { RosNode } from '../ros-node.js';

const CLOCK = '/clock';

/** Whether the node's time and that of the robot come from the same place. */
export function timeFindings(node: RosNode): Finding[] {
  const useSimTime =
    node.raw.hasParameter('use_sim_time') && node.raw.getParameter('use_sim_time').value === true;
  const clocks = node.raw.countPublishers(CLOCK);
  if (useSimTime && clocks === 0)
    return [
      fail(
        'time',
        `use_sim_time is true, and nobody publishes ${CLOCK}: time stands still at 0`,
        'Start the simulation, or set use_sim_time to false.',
      ),
    ];
  if (!useSimTime && clocks > 0)
    return [
      warn(
        'time',
        `a simulation publishes ${CLOCK}, and use_sim_time is false: its stamps look years old`,
        '--ros-args -p use_sim_time:=true',
      ),
    ];
  return [ok('time', useSimTime ? `simulated, from ${CLOCK}` : "the system's clock")];
}
