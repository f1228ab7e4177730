import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { limitsInvalid } from './limit-source.js';

/** One element of an XML document. */
export interface XmlElement {
  readonly name: string;
  /** As they stand in the document; entities are not expanded. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Text directly inside, without the spaces around it. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

const METADATA: unknown = XMLParser.getMetaDataSymbol();

const NOT_XML = 'Pass the text of a URDF file: one <robot> element, every tag closed.';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  captureMetaData: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
});

/**
 * The root element of an XML text. Document types are refused and entities stay as they are, so nothing in the text
 * can grow or reach outside it.
 *
 * @param source what the text is called in errors
 * @throws VLAError LIMITS_INVALID when the text is not well-formed, has a document type, or several roots
 */
export function parseXml(text: string, source: string): XmlElement {
  const xml = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const fail = (problem: string, cause?: unknown) =>
    limitsInvalid([{ message: `${source}: expected XML, ${problem}`, hint: NOT_XML }], cause);

  const lines = new LineIndex(xml);
  const { withoutComments, nested } = blankComments(xml);
  // A comment that lost its end runs on to the end of the next one and takes what lies between out of the document.
  if (nested >= 0) throw fail(`line ${lines.at(nested)}: a comment begins inside another comment`);
  const docType = withoutComments.search(/<!DOCTYPE/i);
  if (docType >= 0)
    throw limitsInvalid([
      {
        message: `${source}: line ${lines.at(docType)}: expected no document type, got <!DOCTYPE`,
        hint: 'Take the DOCTYPE out: a URDF needs none, and its entities are not read.',
      },
    ]);

  const verdict = XMLValidator.validate(xml);
  if (verdict !== true) throw fail(`line ${verdict.err.line ?? 1}: ${verdict.err.msg}`);
  let tree: unknown;
  try {
    tree = parser.parse(xml);
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error), error);
  }
  const roots = elementsOf(tree, lines);
  const [root] = roots;
  if (root === undefined || roots.length > 1)
    throw fail(
      `one root element, got ${roots.length === 0 ? 'none' : roots.map(({ name }) => `<${name}>`).join(' ')}`,
    );
  return root;
}

/** The text with spaces for comments, and where a comment begins inside another, or −1. */
function blankComments(xml: string): { withoutComments: string; nested: number } {
  const parts: string[] = [];
  let nested = -1;
  let from = 0;
  for (;;) {
    const start = xml.indexOf('<!--', from);
    const end = start < 0 ? -1 : xml.indexOf('-->', start + 4);
    if (end < 0) return { withoutComments: parts.join('') + xml.slice(from), nested };
    const inner = xml.slice(start + 4, end).indexOf('<!--');
    if (inner >= 0 && nested < 0) nested = start + 4 + inner;
    parts.push(xml.slice(from, start), ' '.repeat(end + 3 - start));
    from = end + 3;
  }
}

/** The elements of a list of nodes as fast-xml-parser gives them, without text, comments and instructions. */
function elementsOf(nodes: unknown, lines: LineIndex): XmlElement[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    if (typeof node !== 'object' || node === null) return [];
    const tag = Object.entries(node).find(([key]) => key !== ':@' && key !== '#text' && !key.startsWith('?'));
    if (tag === undefined) return [];
    const [name, content] = tag;
    return [
      {
        name,
        attributes: attributesOf(Reflect.get(node, ':@')),
        children: elementsOf(content, lines),
        text: textOf(content),
        line: lines.at(startOf(node)),
      },
    ];
  });
}

function attributesOf(group: unknown): Map<string, string> {
  if (typeof group !== 'object' || group === null) return new Map();
  return new Map(Object.entries(group).map(([name, value]) => [name, String(value)]));
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return '';
  return nodes
    .map((node: unknown) =>
      typeof node === 'object' && node !== null ? Reflect.get(node, '#text') : undefined,
    )
    .filter((text) => typeof text === 'string')
    .join('')
    .trim();
}

function startOf(node: object): number {
  const metadata: unknown = typeof METADATA === 'symbol' ? Reflect.get(node, METADATA) : undefined;
  if (typeof metadata !== 'object' || metadata === null) return 0;
  const start: unknown = Reflect.get(metadata, 'startIndex');
  return typeof start === 'number' ? start : 0;
}

/** Line numbers of places in a text, both line ends of Windows and Unix. */
class LineIndex {
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#starts = [...text.matchAll(/\r\n|\r|\n/g)].map(({ index, 0: end }) => index + end.length);
  }

  /** The line, from 1, of the character at `offset`. */
  at(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }
}
