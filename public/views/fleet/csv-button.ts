import type { ColumnKey } from '../../model/column-key.ts';
import { csvOf } from '../../model/csv.ts';
import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { element } from '../element.ts';
import { icon } from '../icon.ts';
import { csvColumns } from './csv-columns.ts';

export interface CsvButtonDeps {
  words: Words;
  /** What is shown, in its order. */
  shown: () => { rows: readonly Row[]; columns: readonly ColumnKey[]; atMs: number };
}

/** Hands out what is shown as a file. */
export function createCsvButton({ words, shown }: CsvButtonDeps): HTMLElement {
  const { csv } = words.text;
  const button = element('button', 'tool export', icon('download'), element('span', 'tool-name', csv.button));
  button.type = 'button';
  button.title = csv.title;
  button.addEventListener('click', () => {
    const { rows, columns, atMs } = shown();
    const parts = columns.flatMap((key) => csvColumns(key, words));
    const table = [parts.map(({ header }) => header), ...rows.map((row) => parts.map(({ read }) => read(row)))];
    save(csvOf(table), `nester-${fileTime(atMs)}.csv`);
  });
  return button;
}

function save(text: string, name: string): void {
  const link = element('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  link.download = name;
  link.click();
  // The browser has begun to read it; some need it for a moment longer.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** `2026-11-22-1403`, in this device's time. */
function fileTime(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}`;
}
