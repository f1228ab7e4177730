import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { packageRoot, packageVersion } from '../../../lib/native/package-root.js';
import { rosPackageSource } from '../../../lib/ros/install-package.js';

const read = (file: string) => readFileSync(path.join(rosPackageSource, file), 'utf8');

/** What is between the quotes in the code of the bridge: `sensor_msgs/msg/Image`. */
function interfacesInCode(): string[] {
  const folder = path.join(packageRoot, 'lib/ros');
  const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[jt]s$/.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
  return code.flatMap((text) =>
    [...text.matchAll(/'(\w+)\/(?:msg|srv|action)\/\w+'/g)].map(([, name = '']) => name),
  );
}

describe('package.xml', () => {
  const xml = read('package.xml');
  const { package: manifest } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' }).parse(
    xml,
  );

  it('is well formed, of format 3, with what every package must state', () => {
    expect(XMLValidator.validate(xml)).toBe(true);
    expect(manifest).toMatchObject({ '@format': '3', name: 'jetson_vla', license: 'Apache-2.0' });
    expect(manifest.maintainer['@email']).toMatch(/^\S+@\S+\.\w+$/);
    expect(manifest.description.length).toBeGreaterThan(20);
    expect(manifest.export.build_type).toBe(manifest.buildtool_depend);
  });

  it('has the version of the npm package', () => {
    expect(String(manifest.version)).toBe(packageVersion());
  });

  it('depends on each package whose interfaces the bridge names, and on what the launch file imports', () => {
    const interfaces = interfacesInCode();
    expect(interfaces.length).toBeGreaterThan(10);
    const imported = [...read('launch/vla.launch.py').matchAll(/^from (\w+)/gm)].map(([, name = '']) => name);
    expect(imported).toContain('launch_ros');
    const needed = [...new Set([...interfaces, ...imported, 'ros2launch'])];
    expect(needed.filter((name) => !manifest.exec_depend.includes(name))).toEqual([]);
  });
});

it('CMakeLists.txt installs every folder', () => {
  const text = read('CMakeLists.txt');
  const folders = readdirSync(rosPackageSource, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(folders.map(({ name }) => name).sort()).toEqual(['config', 'launch', 'scripts']);
  for (const { name } of folders) expect(text).toMatch(new RegExp(`install\\(.*\\b${name}\\b`));
});

it('the npm package has it', () => {
  const { files } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8'));
  const folder = path.relative(packageRoot, path.dirname(rosPackageSource));
  expect(files).toContain(folder);
});

function python(code: string, ...args: string[]) {
  return spawnSync('python3', ['-B', '-c', code, ...args], { encoding: 'utf8' });
}

describe('vla.launch.py', () => {
  const file = path.join(rosPackageSource, 'launch/vla.launch.py');

  it('is Python', () => {
    const { status, stderr } = python(
      'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")',
      file,
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('starts nothing again by itself', () => {
    expect(read('launch/vla.launch.py')).toContain('respawn=False');
  });

  const ros = python('import launch_ros, lifecycle_msgs.msg, launch').status === 0;

  it.skipIf(!ros)('describes the node, its arguments and, with autostart, its transitions', () => {
    const { stdout, stderr, status } = python(DESCRIBE, file);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      arguments: [
        'autostart',
        'bundle',
        'image',
        'instruction',
        'joint_states',
        'log_level',
        'name',
        'namespace',
        'params_file',
        'use_sim_time',
      ],
      defaults: ['RegisterEventHandler', 'RegisterEventHandler', 'LifecycleNode'],
      manual: ['LifecycleNode'],
      misspelled: 'autostart must be true or false, got "maybe"',
    });
  });
});

/** Stops before anything is started: the entities of the description, and what its function returns. */
const DESCRIBE = `
import importlib.util, json, sys
from launch import LaunchContext
from launch.actions import DeclareLaunchArgument, OpaqueFunction
spec = importlib.util.spec_from_file_location('vla', sys.argv[1])
vla = importlib.util.module_from_spec(spec)
spec.loader.exec_module(vla)
declared = [e for e in vla.generate_launch_description().entities if isinstance(e, DeclareLaunchArgument)]
def started(**values):
    context = LaunchContext()
    defaults = dict(bundle='', params_file='/p.yaml', name='vla_node', namespace='', autostart='true',
                    use_sim_time='', image='camera/image_raw', joint_states='joint_states',
                    instruction='vla/instruction', log_level='info')
    context.launch_configurations.update({**defaults, **values})
    return [type(action).__name__ for action in vla.start(context)]
try:
    misspelled = started(autostart='maybe')
except RuntimeError as error:
    misspelled = str(error)
print(json.dumps(dict(
    arguments=sorted(d.name for d in declared),
    defaults=started(bundle='123', use_sim_time='true', image='/cam'),
    manual=started(autostart='false'),
    misspelled=misspelled)))
`;
