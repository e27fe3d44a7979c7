import type { Query } from './query.ts';
import type { Row } from './row.ts';

/** Whether a row is among what the query asks for. Made once per query, called once per row. */
export function matcher({ statuses, text }: Query): (row: Row) => boolean {
  const words = plain(text).split(/\s+/).filter((word) => word !== '');
  return (row) => {
    if (statuses.size > 0 && !statuses.has(row.status)) return false;
    if (words.length === 0) return true;
    const hay = haystack(row);
    return words.every((word) => hay.includes(word));
  };
}

/** A label can be found by its value, its name, or as it is shown: `city: Lyon`. */
function haystack({ node, ip, labels }: Row): string {
  const parts = [node, ip ?? ''];
  for (const [name, value] of Object.entries(labels)) parts.push(`${name}: ${value}`);
  return plain(parts.join('\n'));
}

/** Without case and accents, so that `meteo` finds `Météo`. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
