import { readFileSync } from 'node:fs';
import { checkedNamespace, checkedNodeName, expandName } from './names.js';
import { type OverrideValue, overridesOfFile, overrideValue } from './parameters/parameter-file.js';

export interface RemapRule {
  /** Only for the node of this name. */
  readonly node: string | undefined;
  readonly kind: 'topic' | 'service' | 'any';
  readonly from: string;
  readonly to: string;
}

/** What follows `--ros-args` on a command line. */
export interface RosArguments {
  readonly remaps: readonly RemapRule[];
  /** By node name as it was written; `/**` is every node. Later ones win. */
  readonly overrides: readonly {
    readonly node: string;
    readonly name: string;
    readonly value: OverrideValue;
  }[];
}

const FLAGS_WITHOUT_VALUE = [
  '--enable-rosout-logs',
  '--disable-rosout-logs',
  '--enable-stdout-logs',
  '--disable-stdout-logs',
  '--enable-external-lib-logs',
  '--disable-external-lib-logs',
];
const FLAGS_WITH_VALUE = ['--log-level', '--log-config-file', '--log-file-name', '-e', '--enclave'];

/** @throws Error for arguments that rcl refuses */
export function parseRosArguments(argv: readonly string[]): RosArguments {
  const remaps: RemapRule[] = [];
  const overrides: { node: string; name: string; value: OverrideValue }[] = [];
  const words = rosWords(argv);
  for (let word = words.next(); !word.done; word = words.next()) {
    const flag = word.value;
    if (FLAGS_WITHOUT_VALUE.includes(flag)) continue;
    const { value, done } = words.next();
    if (done) throw new Error(`Couldn't parse trailing ${flag} flag. No value found.`);
    if (flag === '-r' || flag === '--remap') remaps.push(remapRule(value));
    else if (flag === '-p' || flag === '--param') overrides.push(parameterRule(value));
    else if (flag === '--params-file') overrides.push(...overridesOfFile(readFileSync(value, 'utf8')));
    else if (!FLAGS_WITH_VALUE.includes(flag)) throw new Error(`Unknown ROS arguments found: [${flag}]`);
  }
  return { remaps, overrides };
}

/** The node's own name after `__node`, `__name`. */
export function remappedNodeName(name: string, rules: readonly RemapRule[]): string {
  const rule = rules.find(
    ({ node, from }) => (from === '__node' || from === '__name') && (node ?? name) === name,
  );
  return checkedNodeName(rule?.to ?? name);
}

export function remappedNamespace(namespace: string, nodeName: string, rules: readonly RemapRule[]): string {
  const rule = rules.find(({ node, from }) => from === '__ns' && (node ?? nodeName) === nodeName);
  return checkedNamespace(rule?.to ?? namespace);
}

/** @param full an absolute name */
export function remappedName(
  full: string,
  kind: 'topic' | 'service',
  { nodeName, namespace }: { readonly nodeName: string; readonly namespace: string },
  rules: readonly RemapRule[],
): string {
  for (const rule of rules) {
    if (rule.from.startsWith('__') || (rule.node ?? nodeName) !== nodeName) continue;
    if (rule.kind !== 'any' && rule.kind !== kind) continue;
    if (expandName(rule.from, nodeName, namespace) === full) return expandName(rule.to, nodeName, namespace);
  }
  return full;
}

function* rosWords(argv: readonly string[]): Generator<string> {
  let inside = false;
  for (const word of argv) {
    if (word === '--ros-args') inside = true;
    else if (word === '--') inside = false;
    else if (inside) yield word;
  }
}

function remapRule(text: string): RemapRule {
  const match = /^(?:([A-Za-z_]\w*):)?(?:(rostopic|rosservice):\/\/)?([~\w/{}]+):=(.+)$/.exec(text);
  const [, node, scheme, from, to] = match ?? [];
  if (from === undefined || to === undefined) throw new Error(`Couldn't parse remap rule: '-r ${text}'.`);
  const kind = scheme === undefined ? 'any' : scheme === 'rostopic' ? 'topic' : 'service';
  if (from === '__ns') checkedNamespace(to);
  if (from === '__node' || from === '__name') checkedNodeName(to);
  return { node, kind, from, to: to.replace(/^ros(topic|service):\/\//, '') };
}

function parameterRule(text: string): { node: string; name: string; value: OverrideValue } {
  const match = /^(?:([A-Za-z_]\w*):)?([\w./]+):=(.*)$/s.exec(text);
  const [, node, name, value] = match ?? [];
  if (name === undefined || value === undefined)
    throw new Error(`Couldn't parse parameter override rule: '-p ${text}'.`);
  return { node: node ?? '/**', name, value: overrideValue(value) };
}
