/** What is wrong with a JSON text, and where. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/**
 * `JSON.parse` that tolerates a byte order mark and says the line and column, both from 1, of a syntax error.
 *
 * @throws JsonSyntaxError
 */
export function parseJson(source: string): unknown {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = messageOf(error)
      .replace(/( in JSON)? at position \d+.*$/s, '')
      .replace(/, (\.\.\.)?".*is not valid JSON$/s, '');
    const lines = text.slice(0, errorPosition(text)).split('\n');
    const column = (lines.at(-1)?.length ?? 0) + 1;
    throw new JsonSyntaxError(`line ${lines.length}, column ${column}: ${problem}`, { cause: error });
  }
}

/** Found by halving: V8 leaves the position out of many of its messages, but a prefix fails as the whole text does. */
function errorPosition(text: string): number {
  if (!failsWithin(text)) return text.length;
  let sound = 0;
  let broken = text.length;
  while (broken - sound > 1) {
    const middle = (sound + broken) >>> 1;
    if (failsWithin(text.slice(0, middle))) broken = middle;
    else sound = middle;
  }
  return sound;
}

/** Whether a text is broken before its end, rather than whole or merely not finished. */
function failsWithin(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    const message = messageOf(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    return position === undefined ? !message.includes('end of JSON input') : Number(position) < text.length;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
