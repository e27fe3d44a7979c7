import { oneLine } from '../log.ts';

/** What the doctor found out about one thing. */
export interface Finding {
  /** What was looked at, in a few words. */
  what: string;
  ok: boolean;
  /** What there is to say about it. */
  said: string;
  /** The command, or the setting, that mends it. */
  mend?: string;
}

export const ok = (what: string, said: string): Finding => ({ what, ok: true, said });
export const notOk = (what: string, said: string, mend: string): Finding => ({ what, ok: false, said, mend });

/** One line for each; what others said is fit for a terminal. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map(({ what, ok, said, mend }) => {
      const mending = mend === undefined ? '' : `; mend it: ${mend}`;
      return `${ok ? 'ok    ' : 'not ok'}  ${what.padEnd(width)}  ${oneLine(said)}${mending}\n`;
    })
    .join('');
}
