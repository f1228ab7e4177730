import { isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode, parseDocument } from 'yaml';
import { VLAError } from '../errors.js';
import { PARAMETER_TYPE } from './rcl.js';

/** A value with its rcl_interfaces/msg/ParameterType; 0 for an empty list, which has none. */
export interface TypedValue {
  readonly type: number;
  /** Integers are BigInt. */
  readonly value: unknown;
}

/** The values that a parameter file has for the nodes that a pattern names. */
export interface NodeSection {
  /** As written, levels joined by a slash. */
  readonly nodes: string;
  readonly values: ReadonlyMap<string, TypedValue>;
}

/** Under this key a node's parameters stand. */
const PARAMETERS = 'ros__parameters';

const TRUE = /^(?:y|yes|Yes|YES|true|True|TRUE|on|On|ON|Y)$/;
const FALSE = /^(?:n|no|No|NO|false|False|FALSE|off|Off|OFF|N)$/;
const INTEGER = /^[+-]?(?:0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)$/;
const DOUBLE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/;

/**
 * Reads a parameter file as rcl_yaml_param_parser does, YAML 1.1's words for booleans included; lists may mix whole
 * numbers and others.
 *
 * @param where the file's name, for errors
 * @throws VLAError INVALID_ARGUMENT
 */
export function parameterFile(text: string, where: string): NodeSection[] {
  const sections: NodeSection[] = [];
  collectSections(root(text, where), '', where, sections);
  return sections;
}

/** The value after `:=` on the command line. @throws VLAError INVALID_ARGUMENT */
export function parameterValue(text: string, where: string): TypedValue {
  return typed(root(text, where), where);
}

function root(text: string, where: string): Node | null {
  // Failsafe: every scalar is the text that stands there, and its type is for us to tell.
  const document = parseDocument<ParsedNode>(text, { schema: 'failsafe' });
  const [error] = document.errors;
  if (error) throw invalid(`${where} is not YAML: ${error.message}`);
  return document.contents;
}

function collectSections(node: Node | null, path: string, where: string, sections: NodeSection[]): void {
  for (const [key, child] of entries(node, `${where}${path && `, under ${path},`}`)) {
    if (key !== PARAMETERS) {
      collectSections(child, path === '' ? key : `${path}/${key}`, where, sections);
      continue;
    }
    if (path === '') throw invalid(`${where} has ${PARAMETERS} without the name of a node above it`);
    const values = new Map<string, TypedValue>();
    collectValues(child, '', `${where}, ${path}`, values);
    sections.push({ nodes: path, values });
  }
}

function collectValues(
  node: Node | null,
  prefix: string,
  where: string,
  values: Map<string, TypedValue>,
): void {
  for (const [key, child] of entries(node, where)) {
    const name = `${prefix}${key}`;
    if (isMap(child)) collectValues(child, `${name}.`, where, values);
    else values.set(name, typed(child, `${where}: ${name}`));
  }
}

function entries(node: Node | null, where: string): [string, Node | null][] {
  if (!isMap<Node, Node | null>(node)) throw invalid(`${where} must hold names with values below them`);
  return node.items.map(({ key, value }) => {
    if (!isScalar(key)) throw invalid(`${where}: a name must be a word`);
    return [String(key.value), value];
  });
}

function typed(node: Node | null, where: string): TypedValue {
  if (isSeq<Node>(node)) return typedList(node.items, where);
  if (isAlias(node)) throw invalid(`${where} is an alias, which ROS 2 does not know`);
  if (node === null) throw invalid(`${where} has no value`);
  if (!isScalar(node)) throw invalid(`${where} must be a value or a list`);
  const text = String(node.value);
  const plain = node.type === 'PLAIN' && node.tag !== 'tag:yaml.org,2002:str';
  if (plain && (text === '' || node.source === '')) throw invalid(`${where} has no value`);
  return plain ? typedWord(text) : { type: PARAMETER_TYPE.string, value: text };
}

function typedWord(text: string): TypedValue {
  if (TRUE.test(text)) return { type: PARAMETER_TYPE.bool, value: true };
  if (FALSE.test(text)) return { type: PARAMETER_TYPE.bool, value: false };
  if (INTEGER.test(text)) return { type: PARAMETER_TYPE.integer, value: integer(text) };
  if (DOUBLE.test(text)) return { type: PARAMETER_TYPE.double, value: Number(text) };
  if (NOT_FINITE.test(text)) return { type: PARAMETER_TYPE.double, value: notFinite(text) };
  return { type: PARAMETER_TYPE.string, value: text };
}

/** As C's strtoll with base 0 has it: a leading 0 makes it octal. */
function integer(text: string): bigint {
  const digits = text.replace(/^[+-]/, '').replace(/^0(?=\d)/, '0o');
  const size = BigInt(digits);
  return text.startsWith('-') ? -size : size;
}

function notFinite(text: string): number {
  if (text.endsWith('n') || text.endsWith('N')) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function typedList(items: readonly Node[], where: string): TypedValue {
  const elements = items.map((item) => typed(item, where));
  const values = elements.map(({ value }) => value);
  const types = new Set(elements.map(({ type }) => type));
  const { bool, integer: whole, double, string } = PARAMETER_TYPE;
  if (types.size === 0) return { type: 0, value: undefined };
  if (types.size === 1 && types.has(bool)) return { type: PARAMETER_TYPE.boolArray, value: values };
  if (types.size === 1 && types.has(whole)) return { type: PARAMETER_TYPE.integerArray, value: values };
  if (types.size === 1 && types.has(string)) return { type: PARAMETER_TYPE.stringArray, value: values };
  if (elements.every(({ type }) => type === whole || type === double))
    return { type: PARAMETER_TYPE.doubleArray, value: values.map(Number) };
  throw invalid(`${where} must be a list of values of one type`);
}

function invalid(message: string): VLAError {
  return new VLAError('INVALID_ARGUMENT', message, {
    hint: 'A parameter file holds node names (or "/**"), below them ros__parameters, below it names and values. Text that reads as a number or as yes or no needs quotes, and so does the empty one.',
  });
}
