import { isMap, isScalar, isSeq, parseDocument, type Scalar } from 'yaml';
import { PARAMETER_TYPE } from '../../../../lib/ros/rcl.js';

export interface OverrideValue {
  readonly type: number;
  readonly value: unknown;
}

interface Override {
  readonly node: string;
  readonly name: string;
  readonly value: OverrideValue;
}

/** The parameters of a file as rcl reads them: nodes by name or `/**`, names joined by dots. */
export function overridesOfFile(text: string): readonly Override[] {
  const document = parseDocument(text, { version: '1.1' });
  const [error] = document.errors;
  if (error) throw new Error(`Couldn't parse params file: ${error.message}`);
  if (!isMap(document.contents)) throw new Error("Couldn't parse params file: no map");
  return [...nodesOf(document.contents, '')];
}

/** One value as given to `-p name:=value`, in YAML. */
export function overrideValue(text: string): OverrideValue {
  return nodeValue(parseDocument(text, { version: '1.1' }).contents, text);
}

function* nodesOf(node: unknown, path: string): Generator<Override> {
  for (const [key, value] of entries(node)) {
    if (key === 'ros__parameters') yield* parametersOf(value, path, '');
    else if (isMap(value)) yield* nodesOf(value, path === '' ? key : `${path}/${key}`);
    else throw new Error(`Cannot have a value before ros__parameters, at ${key}`);
  }
}

function* parametersOf(node: unknown, owner: string, path: string): Generator<Override> {
  for (const [key, value] of entries(node)) {
    const name = path === '' ? key : `${path}.${key}`;
    if (isMap(value)) yield* parametersOf(value, owner, name);
    else yield { node: owner, name, value: nodeValue(value, name) };
  }
}

function* entries(node: unknown): Generator<[string, unknown]> {
  if (!isMap(node)) return;
  for (const { key, value } of node.items) yield [isScalar(key) ? String(key.value) : String(key), value];
}

function nodeValue(node: unknown, name: string): OverrideValue {
  if (isScalar(node)) return scalarValue(node);
  if (!isSeq(node)) throw new Error(`Couldn't parse the parameter ${name}`);
  const elements = node.items.map((item) => nodeValue(item, name));
  const type = elements[0]?.type ?? 0;
  const same = elements.every((element) => element.type === type);
  if (!same) throw new Error(`Sequence should be of same type, at ${name}`);
  // An array of integers comes out of rclnodejs's native side as numbers, which its own check then refuses.
  const values = elements.map(({ value }) => (typeof value === 'bigint' ? Number(value) : value));
  return { type: ARRAY_TYPES[type] ?? 0, value: elements.length === 0 ? undefined : values };
}

const ARRAY_TYPES: Readonly<Record<number, number>> = {
  [PARAMETER_TYPE.bool]: PARAMETER_TYPE.boolArray,
  [PARAMETER_TYPE.integer]: PARAMETER_TYPE.integerArray,
  [PARAMETER_TYPE.double]: PARAMETER_TYPE.doubleArray,
  [PARAMETER_TYPE.string]: PARAMETER_TYPE.stringArray,
};

function scalarValue(node: Scalar): OverrideValue {
  const { value, source = '' } = node;
  if (typeof value === 'boolean') return { type: PARAMETER_TYPE.bool, value };
  if (typeof value !== 'number')
    return { type: PARAMETER_TYPE.string, value: value === null ? '' : String(value) };
  // 1.0 is a double, though JavaScript cannot tell it from 1.
  return /^[-+]?(\d+|0x[\da-f]+)$/i.test(source)
    ? { type: PARAMETER_TYPE.integer, value: BigInt(value) }
    : { type: PARAMETER_TYPE.double, value };
}
