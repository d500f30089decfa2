/** A table for a terminal: columns as wide as their widest cell, two blanks between them, none at the end of a line. */
export function formatColumns(table: readonly (readonly string[])[]): string {
  const count = Math.max(0, ...table.map((cells) => cells.length));
  const widths = Array.from({ length: count }, (_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  return table
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
