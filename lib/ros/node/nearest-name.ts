/**
 * The name that a misspelled one is likely meant to be: the fewest letters to insert, delete or replace (Levenshtein
 * distance), if they are no more than a third of it.
 */
export function nearestName(misspelled: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(misspelled.length / 3)) + 1;
  for (const name of names) {
    const edits = editDistance(misspelled, name);
    if (edits < fewest) {
      best = name;
      fewest = edits;
    }
  }
  return best;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, place) => place);
  for (const [done, letter] of [...from].entries()) {
    const next = [done + 1];
    for (const [place, target] of [...to].entries()) {
      const replaced = (row[place] ?? 0) + (letter === target ? 0 : 1);
      next.push(Math.min(replaced, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
