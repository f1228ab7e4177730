import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  type ScalarTag,
  type YAMLMap,
} from 'yaml';
import { parseDecimal } from './decimal.js';
import { type LimitProblem, limitsInvalid, quoted } from './limit-source.js';

/** One entry of a YAML map. */
export interface YamlEntry {
  readonly key: string;
  readonly value: unknown;
  /** Where its key stands, from 1. */
  readonly line: number;
}

const NOT_YAML =
  'Correct the YAML at that place; no anchors, aliases or tags but !degrees and !radians are read.';

/** The tags that ROS files use for angles, as xacro and MoveIt read them. */
const ANGLES: ScalarTag[] = [
  { tag: '!radians', resolve: (text, onError) => angle(text, 1, onError) },
  { tag: '!degrees', resolve: (text, onError) => angle(text, Math.PI / 180, onError) },
];

function angle(text: string, scale: number, onError: (message: string) => void): number {
  const value = parseDecimal(text);
  if (value === undefined) onError(`expected a number after the tag, got ${quoted(text)}`);
  return (value ?? Number.NaN) * scale;
}

/** One YAML document whose root is a map, read node by node so that what the file really says can be checked. */
export class YamlFile {
  readonly source: string;
  readonly root: YAMLMap;
  readonly #lines = new LineCounter();

  /** @throws VLAError LIMITS_INVALID for broken YAML, duplicate keys, several documents, aliases, unknown tags */
  constructor(text: string, source: string) {
    this.source = source;
    const document = this.#parse(text);
    const broken = [...document.errors, ...document.warnings].map(({ message, pos }): LimitProblem => {
      return { message: `${source}: line ${this.#lines.linePos(pos[0]).line}: ${message}`, hint: NOT_YAML };
    });
    if (broken.length > 0) throw limitsInvalid(broken);
    if (!isMap(document.contents))
      throw limitsInvalid([
        {
          message: `${source}: expected a map with joint_limits, got ${kindOf(document.contents)}`,
          hint: NOT_YAML,
        },
      ]);
    this.root = document.contents;
  }

  #parse(text: string): Document.Parsed {
    try {
      return parseDocument(text, {
        lineCounter: this.#lines,
        customTags: ANGLES,
        version: '1.2',
        prettyErrors: false,
      });
    } catch (error) {
      // Thousands of nested brackets end the stack.
      const why = error instanceof Error ? error.message : String(error);
      throw limitsInvalid([{ message: `${this.source}: expected YAML, ${why}`, hint: NOT_YAML }], error);
    }
  }

  /** @throws VLAError LIMITS_INVALID for a key that is no name, such as a list or an alias */
  entries(map: YAMLMap): YamlEntry[] {
    return map.items.map(({ key, value }) => {
      const line = this.lineOf(key);
      if (!isScalar(key) || (typeof key.value !== 'string' && typeof key.value !== 'number'))
        throw limitsInvalid([
          { message: `${this.source}: line ${line}: expected a name, got ${kindOf(key)}`, hint: NOT_YAML },
        ]);
      return {
        key: typeof key.value === 'string' ? key.value : (key.source ?? String(key.value)),
        value,
        line,
      };
    });
  }

  lineOf(node: unknown): number {
    const start = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    return this.#lines.linePos(start).line;
  }
}

/** A node as it stands in the file, for an error. */
export function kindOf(node: unknown): string {
  if (isAlias(node)) return `the alias *${node.source}`;
  if (isMap(node)) return 'a map';
  if (isPair(node)) return 'a pair';
  if (isScalar(node)) return node.value === null ? 'nothing' : quoted(node.source ?? String(node.value));
  return node === null || node === undefined ? 'nothing' : 'a list';
}

/** The number of a node, as {@link parseDecimal} reads it; undefined for all else, a quoted number included. */
export function numberOf(node: unknown): number | undefined {
  if (!isScalar(node) || typeof node.value !== 'number' || !Number.isFinite(node.value)) return undefined;
  // YAML 1.1 and 1.2 disagree on what 010 is, and ROS reads 1.1.
  const written = node.source ?? '';
  return parseDecimal(written) === undefined || /^[+-]?0\d/.test(written) ? undefined : node.value;
}

/** The boolean of a node; undefined for all else, `"true"` and `yes` included. */
export function booleanOf(node: unknown): boolean | undefined {
  return isScalar(node) && typeof node.value === 'boolean' ? node.value : undefined;
}
