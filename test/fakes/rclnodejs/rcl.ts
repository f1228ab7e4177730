import type { Rcl } from '../../../lib/ros/rcl.js';
import { ActionClient } from './action/action-client.js';
import { ActionServer, CancelResponse, GoalResponse } from './action/action-server.js';
import { Context } from './context.js';
import { checkInterface } from './messages/schema.js';
import { NodeImplementation } from './node.js';
import { actionNamesAndTypes } from './node-graph.js';
import { FloatingPointRange, IntegerRange, Parameter, ParameterDescriptor } from './parameters/parameter.js';
import { QoS } from './qos.js';

const standIn = {
  async init(context = Context.defaultContext(), argv: readonly string[] = process.argv): Promise<void> {
    context.initialize(argv);
  },
  Context,
  Node: NodeImplementation,
  ActionClient,
  ActionServer,
  GoalResponse,
  CancelResponse,
  QoS,
  Parameter,
  ParameterDescriptor,
  FloatingPointRange,
  IntegerRange,
  DistroUtils: { getDistroName: () => process.env['ROS_DISTRO'] },
  require(name: string): unknown {
    checkInterface(name);
    return { type: () => name };
  },
  getActionNamesAndTypes: (node: NodeImplementation) => actionNamesAndTypes(node.core),
};

/**
 * rclnodejs 2.2 as far as the bridge uses it, without ROS: in one process, or, through a broker, in several. Its own
 * classes are narrower than the structural types of `Rcl`, which fit any module: what they share is checked by tests
 * that run on both.
 */
export const rcl: Rcl = standIn as unknown as Rcl;
