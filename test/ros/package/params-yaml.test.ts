import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { rosPackageSource } from '../../../lib/ros/install-package.js';
import { expectation, type ParameterSpec } from '../../../lib/ros/node/parameter-spec.js';
import { VLA_PARAMETERS } from '../../../lib/ros/node/vla-parameters.js';

const FILE = path.join(rosPackageSource, 'config/params.yaml');
const WIDTH = 100;
const INDENT = '    ';

const HEADER = `# Parameters of vla_node with their defaults. Copy the file, keep what you change, and start with
#   ros2 launch jetson_vla vla.launch.py params_file:=/path/to/yours.yaml
# "ros2 param describe /vla_node NAME" says the same of a running node. What is not marked "live" is
# set while the node is unconfigured.
/**:
  ros__parameters:
`;

/** What the value beside it shows. */
const OBVIOUS = new Set(['a string', 'true or false', 'a list of strings']);

function rendered(specs: Readonly<Record<string, ParameterSpec>>): string {
  return HEADER + Object.entries(specs).map(parameter).join('\n');
}

function parameter([name, spec]: [string, ParameterSpec]): string {
  const wanted = expectation(spec);
  const limits = OBVIOUS.has(wanted) ? '' : ` Expects ${wanted}.`;
  const live = spec.change === 'live' ? ' Live.' : '';
  const comment = wrapped(`${spec.description}${limits}${live}`);
  const line = `${name}: ${value(spec)}`;
  // Parsers of parameter files disagree on what type an empty list has.
  const shown = Array.isArray(spec.default) && spec.default.length === 0 ? `# ${line}` : line;
  return `${comment}${INDENT}${shown}\n`;
}

function value({ type, default: given }: ParameterSpec): string {
  // ROS takes a number without a point for an integer.
  if (type === 'double') return Number.isInteger(given) ? `${String(given)}.0` : String(given);
  return JSON.stringify(given);
}

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`;
    if (`${INDENT}#${line}`.length > WIDTH) lines.push(` ${word}`);
    else lines[lines.length - 1] = line;
  }
  return lines.map((line) => `${INDENT}#${line}\n`).join('');
}

it('params.yaml has every parameter as the node declares it (written by npx vitest run test/ros/package --update)', async () => {
  await expect(rendered(VLA_PARAMETERS)).toMatchFileSnapshot(FILE);
});

it('params.yaml sets each parameter to its default, for a node of any name', () => {
  const file: unknown = parse(readFileSync(FILE, 'utf8'));
  const defaults = Object.entries(VLA_PARAMETERS).map(([name, spec]) => [name, spec.default]);
  const given = defaults.filter(([, value]) => !Array.isArray(value) || value.length > 0);
  expect(file).toEqual({ '/**': { ros__parameters: Object.fromEntries(given) } });
});
