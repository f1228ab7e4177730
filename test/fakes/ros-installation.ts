import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DEFINITIONS } from './rclnodejs/messages/definitions.js';

const standIn = fileURLToPath(new URL('rclnodejs/', import.meta.url));
/** Any addon that loads: the check only wants to know that one does. */
const someAddon = fileURLToPath(new URL('../../build/Release/jetson-vla.node', import.meta.url));

/**
 * What a sourced ROS 2 and an installed rclnodejs look like to `loadRclnodejs`, with the stand-in inside: for processes
 * that tests start with `node --import tsx`.
 *
 * @param directory empty; whoever made it takes it away
 * @returns variables for the environment of such a process
 */
export function fakeRosInstallation(directory: string): Readonly<Record<string, string>> {
  const prefix = path.join(directory, 'ros');
  const modules = path.join(directory, 'modules');
  const root = path.join(modules, 'rclnodejs');
  mkdirSync(path.join(prefix, 'lib'), { recursive: true });
  writeFileSync(path.join(prefix, 'lib', 'librcl.so'), '');
  mkdirSync(path.join(root, 'build', 'Release'), { recursive: true });
  symlinkSync(someAddon, path.join(root, 'build', 'Release', 'rclnodejs.node'));
  writeFileSync(path.join(root, 'package.json'), readFileSync(path.join(standIn, 'package.json')));
  const entry = pathToFileURL(path.join(standIn, 'index.ts')).href;
  writeFileSync(path.join(root, 'index.ts'), `export { default } from ${JSON.stringify(entry)};\n`);
  for (const name of Object.keys(DEFINITIONS)) {
    const [rosPackage = '', ...rest] = name.split('/');
    const folder = path.join(root, 'generated', rosPackage);
    mkdirSync(folder, { recursive: true });
    mkdirSync(path.join(prefix, 'share', rosPackage), { recursive: true });
    writeFileSync(path.join(folder, `${[rosPackage, ...rest].join('__')}.js`), '');
  }
  return {
    NODE_PATH: modules,
    ROS_DISTRO: 'jazzy',
    AMENT_PREFIX_PATH: prefix,
    LD_LIBRARY_PATH: path.join(prefix, 'lib'),
    RMW_IMPLEMENTATION: '',
  };
}
