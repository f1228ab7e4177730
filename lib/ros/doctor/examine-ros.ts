import { type Finding, fail } from '../../doctor/finding.js';
import { VLAError } from '../../errors.js';
import { checkRclnodejs, type LoadRclnodejsOptions, loadRclnodejs } from '../load-rclnodejs.js';
import type { ParameterValues } from '../node/vla-parameter-set.js';
import { isGenerated } from '../rclnodejs-package.js';
import { RosNode } from '../ros-node.js';
import { environmentFindings } from './environment-findings.js';
import { rosDoctor } from './ros-doctor.js';

export interface ExamineRosOptions extends LoadRclnodejsOptions {
  readonly parameters?: ParameterValues;
  /** Command line with `--ros-args …` in it. */
  readonly args?: readonly string[];
}

/**
 * Everything that the doctor can say: of the installation, and where that is in order, of the graph.
 *
 * @throws VLAError INVALID_ARGUMENT for arguments that ROS or the VLA node would refuse
 */
export async function examineRos(options: ExamineRosOptions = {}): Promise<Finding[]> {
  const { parameters = {}, args = [] } = options;
  const environment = environmentFindings(options);
  if (environment.some(({ level }) => level === 'fail')) return environment;
  try {
    const { root } = checkRclnodejs(options);
    const rcl = await loadRclnodejs(options);
    // Under the name of the node that it stands for, so that parameter files and remappings mean it too.
    using node = await RosNode.create(rcl, { name: 'vla_node', args });
    const graph = await rosDoctor(node, { parameters, hasInterface: (name) => isGenerated(root, name) });
    return [...environment, ...graph];
  } catch (error) {
    if (!(error instanceof VLAError) || error.code !== 'ROS_UNAVAILABLE') throw error;
    return [...environment, fail('rclnodejs', error.message, error.hint)];
  }
}
