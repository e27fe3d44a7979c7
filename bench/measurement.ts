/** One thing measured, ours and its yardstick, in the same run. */
export interface Measurement {
  /** For `--only`. */
  name: string;
  title: string;
  /** What was done, and what the yardstick is: a sentence or two. */
  about: string;
  run(options: BenchOptions): Promise<Row[]>;
}

export interface BenchOptions {
  /** How often each side is measured; medians are reported. */
  runs: number;
  /** Length of one measurement of throughput. */
  seconds: number;
  /** Reports kept for the measurements of start, memory and reading. */
  reports: number;
  /** How long an agent is watched. */
  minutes: number;
}

/** A line of the table. Texts are ready to be printed. */
export interface Row {
  what: string;
  nester: string;
  yardstick: string;
  ratio: string;
  /** What it should be, and whether it is. */
  aim: string;
}

export const NONE = '-';

export function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en-US')}/s`;
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')} ms`;
}

export function percent(value: number): string {
  return `${value.toFixed(2)} %`;
}

export function mebibytes(value: number): string {
  return `${Math.round(value)} MiB`;
}

export function ratioOf(nester: number, yardstick: number): string {
  return (nester / yardstick).toFixed(2);
}

/** Says the aim and whether it was met. */
export function aim(text: string, met: boolean): string {
  return `${text}: ${met ? 'met' : '**missed**'}`;
}
