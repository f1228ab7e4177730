/** A column of a {@link textTable}. */
export interface Column {
  readonly title: string;
  /** Numbers are easier to compare at the right; left by default. */
  readonly align?: 'left' | 'right';
}

/** Rows under titles, each column as wide as its widest cell. Ends with a newline. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, index) =>
    Math.max(...[titles, ...rows].map((row) => [...(row[index] ?? '')].length)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align = 'left' }, index) => {
        const cell = cells[index] ?? '';
        const padding = ' '.repeat((widths[index] ?? 0) - [...cell].length);
        return align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return `${[titles, ...rows].map(line).join('\n')}\n`;
}
