// The built package as a user gets it: imported by its name, with the worker and the declarations that it ships.
import { accessSync, constants, existsSync } from 'node:fs';
import { JetsonVLAEngine, Watchdog } from 'jetson-vla';
import { MujocoCollisionModel } from 'jetson-vla/mujoco';
import { loadRclnodejs } from 'jetson-vla/ros';

if (!existsSync(new URL('../dist/index.d.ts', import.meta.url))) throw new Error('dist/ has no declarations');
// npm makes it executable when it links it, which it does once: a checkout that is built again has to do so itself.
accessSync(new URL('../dist/cli/main.js', import.meta.url), constants.X_OK);
const engine = await JetsonVLAEngine.load('examples/policies/pick');
const frame = { encoding: 'rgb8', width: 128, height: 128, data: new Uint8Array(128 * 128 * 3) };
const chunk = await engine.infer(frame, 'pick up the red block');
await engine.dispose();
if (chunk.shape.join() !== '1,5,7') throw new Error(`expected a chunk of shape 1,5,7, got ${chunk.shape}`);

// Their helpers are found beside them: a child process, and a package that is loaded when it is needed.
const watchdog = await Watchdog.start({ stop: { command: [process.execPath, '--version'] } });
await watchdog.dispose();
const mjcf =
  '<mujoco><worldbody><body name="arm"><joint name="j" range="-1 1" limited="true"/><geom size="0.1"/></body></worldbody></mujoco>';
const model = await MujocoCollisionModel.load({ mjcf, jointNames: ['j'], points: ['arm'] });
model.dispose();

for (const file of ['jetson_vla_tools/__main__.py', 'pyproject.toml', 'requirements.lock'])
  if (!existsSync(new URL(`../python/${file}`, import.meta.url)))
    throw new Error(`the package lacks python/${file}`);

// Without a sourced ROS 2 its entry point loads all the same, and says what is missing when ROS is needed.
const needs = ['ROS_DISTRO', 'AMENT_PREFIX_PATH'];
const unsourced = Object.fromEntries(Object.entries(process.env).filter(([name]) => !needs.includes(name)));
const missing = await loadRclnodejs({ env: unsourced }).catch((error) => error);
if (missing.code !== 'ROS_UNAVAILABLE') throw new Error(`expected ROS_UNAVAILABLE, got ${missing}`);
for (const file of ['ros/stop-motion.js', '../lib/ros/package/jetson_vla/package.xml'])
  if (!existsSync(new URL(`../dist/${file}`, import.meta.url))) throw new Error(`the package lacks ${file}`);
