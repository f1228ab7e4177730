/** Edits that a slip of the fingers makes. */
const MOST_EDITS = 2;

/** The name that was probably meant; undefined when none is like it. */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const found = names
    .map((name) => ({ name, edits: editsBetween(text.toLowerCase(), name) }))
    .toSorted((a, b) => a.edits - b.edits)[0];
  // Of a short word two letters are most of it.
  const most = Math.min(MOST_EDITS, Math.floor(text.length / 2));
  return found !== undefined && found.edits <= most ? found.name : undefined;
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editsBetween(from: string, to: string): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1;
      const at = (of: readonly number[], index: number) => of[index] ?? Number.POSITIVE_INFINITY;
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line.push(
        Math.min(
          at(last, column) + 1,
          at(line, column - 1) + 1,
          at(last, column - 1) + cost,
          row > 1 && column > 1 && isSwapped ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = last;
    last = line;
  }
  return last.at(-1) ?? 0;
}
