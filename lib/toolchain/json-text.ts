/** A value in a JSON text: the characters `from` … `to` are its own. */
export interface JsonNode {
  readonly from: number;
  readonly to: number;
  /** The members of an object by their keys, the items of an array by their indices. */
  readonly children: ReadonlyMap<string | number, JsonNode>;
}

const TOKEN = /\s*([{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+)/y;

/**
 * Where each value of a JSON text stands, so that one of them can be changed and the rest stays as a person wrote it.
 *
 * @param text valid JSON, without a byte order mark
 */
export function locateJson(text: string): JsonNode {
  return readValue(text, 0);
}

/** The value at a path of keys and indices; undefined where there is none. */
export function jsonAt(root: JsonNode, path: readonly (string | number)[]): JsonNode | undefined {
  return path.reduce<JsonNode | undefined>((node, key) => node?.children.get(key), root);
}

/** The white space that one level is indented by; empty for a text in one line. */
export function indentOf(text: string): string {
  return /^[{[]\r?\n([ \t]+)/.exec(text.trimStart())?.[1] ?? '';
}

function readValue(text: string, at: number): JsonNode {
  const opening = readToken(text, at);
  const children = new Map<string | number, JsonNode>();
  if (opening.token !== '{' && opening.token !== '[') return { from: opening.from, to: opening.to, children };
  let next = readToken(text, opening.to);
  while (next.token !== '}' && next.token !== ']') {
    const key: string | number = opening.token === '{' ? JSON.parse(next.token) : children.size;
    const child = readValue(text, opening.token === '{' ? readToken(text, next.to).to : next.from);
    children.set(key, child);
    next = readToken(text, child.to);
    if (next.token === ',') next = readToken(text, next.to);
  }
  return { from: opening.from, to: next.to, children };
}

function readToken(text: string, at: number) {
  TOKEN.lastIndex = at;
  const token = TOKEN.exec(text)?.[1];
  if (token === undefined) throw new SyntaxError(`no JSON at character ${at}`);
  return { token, from: TOKEN.lastIndex - token.length, to: TOKEN.lastIndex };
}
