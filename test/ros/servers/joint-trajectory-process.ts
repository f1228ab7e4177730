/** A JointTrajectoryServer in a process of its own, to be killed: its arguments are a namespace and an action. */
import { newGraph, rcl } from '../harness.js';
import { JointTrajectoryServer } from './joint-trajectory-server.js';

const [namespace = '', action = ''] = process.argv.slice(2);
const node = await newGraph().node('robot', { namespace });
new JointTrajectoryServer(rcl, node, { action, jointNames: ['a'] });
// With the stand-in nothing else keeps a process alive.
setInterval(() => {}, 1000);
process.stdout.write('ready\n');
