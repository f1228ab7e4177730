import { readFileSync } from 'node:fs';
import { VLAError } from '../errors.js';
import { type NodeSection, parameterFile, parameterValue } from './parameter-yaml.js';
import type { RclParameter } from './rcl.js';

export interface SplitArguments {
  /** The command line without its parameters. */
  readonly rest: readonly string[];
  /** What was given for parameters, in its order. */
  readonly sections: readonly NodeSection[];
}

/** All nodes. */
const EVERY_NODE = '/**';

/**
 * Takes the parameters (`-p`, `--param`, `--params-file`) out of a command line.
 *
 * rclnodejs would read them wrongly: it knows the nodes of a file by `/**` or by their bare names only, so that what
 * launch_ros writes for a node with a namespace (`/robot/vla_node`, or `/vla_node`) is dropped without a word, and a
 * list of whole numbers makes its constructor throw.
 *
 * @throws VLAError INVALID_ARGUMENT for a file or a value that cannot be read
 */
export function splitParameterArguments(args: readonly string[]): SplitArguments {
  const rest: string[] = [];
  const sections: NodeSection[] = [];
  let isForRos = false;
  const words = args.values();
  for (const word of words) {
    if (word === '--ros-args') isForRos = true;
    else if (word === '--') isForRos = false;
    if (isForRos && (word === '-p' || word === '--param'))
      sections.push(assignment(words.next().value, word));
    else if (isForRos && word === '--params-file') sections.push(...file(words.next().value));
    else rest.push(word);
  }
  return { rest, sections };
}

/** The parameters among them that are for the node of this full name; the last one given counts. */
export function parametersFor(fullName: string, sections: readonly NodeSection[]): RclParameter[] {
  const found = new Map<string, RclParameter>();
  for (const { nodes, values } of sections) {
    if (!isFor(nodes, fullName)) continue;
    for (const [name, value] of values) found.set(name, { name, ...value });
  }
  return [...found.values()];
}

/** `*` stands for one level of a name, `**` for any number of them; a name without a slash for a node in any namespace. */
function isFor(nodes: string, fullName: string): boolean {
  if (!nodes.includes('/') && !nodes.includes('*')) return fullName.endsWith(`/${nodes}`);
  const levels = nodes.split('/').filter((level) => level !== '');
  const pattern = levels.map((level) => {
    if (level === '**') return '(?:/[^/]+)*';
    return level === '*' ? '/[^/]+' : `/${level.replace(/[^\w]/g, '\\$&')}`;
  });
  return new RegExp(`^${pattern.join('')}$`).test(fullName);
}

function assignment(text: string | undefined, flag: string): NodeSection {
  const parts = /^(?:([^:=]+):)?([^:=]+):=(.*)$/s.exec(text ?? '');
  const [, nodes = EVERY_NODE, name = '', value = ''] = parts ?? [];
  if (parts === null)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `${flag} must be followed by name:=value, got ${text ?? 'nothing'}`,
      {
        hint: 'For example --ros-args -p inference_rate_hz:=10',
      },
    );
  return { nodes, values: new Map([[name, parameterValue(value, `the parameter ${name}`)]]) };
}

function file(path: string | undefined): NodeSection[] {
  if (path === undefined)
    throw new VLAError(
      'INVALID_ARGUMENT',
      '--params-file must be followed by the name of a file, got nothing',
    );
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VLAError('INVALID_ARGUMENT', `the parameter file ${path} cannot be read: ${reason}`, { cause });
  }
  return parameterFile(text, path);
}
