/**
 * Reports of exactly 300 bytes whose changing digits are patched in place, so that making them
 * costs the load next to nothing.
 */
export interface ReportTemplate {
  bytes: Buffer;
  /** Makes it the next report: another time, another number. */
  next(): void;
}

export interface TemplateOptions {
  node: string;
  /** Time of the report before the first, epoch ms. Each one is 1 ms later. */
  beforeMs: number;
  /** Puts the report's text into what is sent. */
  wrap?: (report: string) => string;
  /** What stands before that, given the size of it in bytes. */
  prefix?: (bytes: number) => Buffer;
  /** What stands before numbers of ten digits that count up with each report. */
  numberMarks?: readonly string[];
}

const REPORT_BYTES = 300;
const FIRST_NUMBER = 1_000_000_000;

export function createReportTemplate(options: TemplateOptions): ReportTemplate {
  const { node, beforeMs, wrap = (report: string): string => report, prefix = (): Buffer => Buffer.alloc(0), numberMarks = [] } = options;
  const text = wrap(reportText(node, beforeMs));
  const head = prefix(text.length);
  const bytes = Buffer.concat([head, Buffer.from(text)]);
  const placeAfter = (mark: string): number => head.length + text.indexOf(mark) + mark.length;
  const timeAt = placeAfter('"timestamp":');
  const numbersAt = numberMarks.map(placeAfter);
  let timeMs = beforeMs;
  let number = FIRST_NUMBER;
  return {
    bytes,
    next() {
      bytes.write(String(++timeMs), timeAt, 'latin1');
      for (const at of numbersAt) bytes.write(String(number), at, 'latin1');
      number++;
    },
  };
}

/** A report as a Harvester sends it, padded to its size. */
export function reportText(node: string, timestampMs: number): string {
  const report = {
    node,
    timestamp: timestampMs,
    ip: '10.20.30.40',
    devices: 12,
    latency: 12.345,
    loss: 0,
    jitter: 0.321,
    interval: 60,
    metrics: { cpu: 12.5, memory: 48.2, disk: 71.3, load1: 0.42, number: FIRST_NUMBER },
    labels: { site: '' },
  };
  report.labels.site = 's'.repeat(REPORT_BYTES - JSON.stringify(report).length);
  return JSON.stringify(report);
}
