import type { ParameterSpec } from '../ros/node/parameter-spec.js';
import { VLA_PARAMETERS } from '../ros/node/vla-parameters.js';

const WIDTH = 118;
const INDENT = 8;

export const rosHelp = `Usage: jetson-vla ros [options] [--ros-args …]
       jetson-vla ros doctor [options] [--json] [--ros-args …]
       jetson-vla ros install [--prefix DIR | --workspace DIR]

ros       runs the ROS 2 node vla_node: a managed node that follows the instructions on vla/instruction with a policy.
          It starts unconfigured, unless --autostart is given. Ctrl-C and SIGTERM make it brake, give everything back
          and leave the graph; a second one ends it at once.
doctor    says within seconds what of the node's surroundings fits and what does not: installation, topics and their
          QoS, stamps, joint names, controllers. It moves nothing.
install   installs the ROS package jetson_vla, for ros2 run and ros2 launch; without an option among
          the user's data.

Examples:
  jetson-vla ros --bundle policies/pick --autostart
  jetson-vla ros --bundle policies/pick --execute false
  jetson-vla ros --bundle policies/pick --ros-args -r camera/image_raw:=/wrist/image_raw -p use_sim_time:=true
  jetson-vla ros --ros-args --params-file params.yaml
  jetson-vla ros doctor --bundle policies/pick
  jetson-vla ros doctor --json --ros-args -r camera/image_raw:=/wrist/image_raw
  jetson-vla ros install
  jetson-vla ros install --workspace ~/ros2_ws

Options:
  --json          doctor: print the findings as JSON
  --prefix DIR    install: write a ready ament prefix there
  --workspace DIR install: copy the sources to src/jetson_vla of a colcon workspace
  --ros-args …    this and all that follows goes to ROS as it is
  -h, --help      this text

Parameters of the node, as options; lists are separated by commas:
${Object.entries(VLA_PARAMETERS)
  .map(([name, spec]) => describe(name, spec))
  .join('')}
Exit status of ros: 0 once Ctrl-C or SIGTERM has brought the robot to rest, 1 when it failed; of doctor: 0 when nothing
failed, else 1; of all: 2 wrong usage.
`;

function describe(name: string, spec: ParameterSpec): string {
  const value = Array.isArray(spec.default) ? spec.default.join(',') : String(spec.default);
  const initial = value === '' ? '' : `, default ${value}`;
  const kind = 'oneOf' in spec && spec.oneOf ? spec.oneOf.join(' | ') : spec.type;
  return `  --${name.replaceAll('_', '-')}  (${kind}${initial})\n${wrapped(spec.description)}`;
}

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH - INDENT) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => `${' '.repeat(INDENT)}${part}\n`).join('');
}
