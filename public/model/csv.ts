/** One value of a table that leaves the page: a number stays one; `null` is an empty field. */
export type CsvValue = string | number | null;

/**
 * A table as CSV (RFC 4180), with a mark at its beginning by which spreadsheets know that it is
 * UTF-8. Texts that a spreadsheet would take for a formula come with an apostrophe before them:
 * what a node calls itself must not run on the machine of who looks at it.
 */
export function csvOf(rows: readonly (readonly CsvValue[])[]): string {
  return `\uFEFF${rows.map((row) => `${row.map(field).join()}\r\n`).join('')}`;
}

function field(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
