/** What a `ping` printed. */
export interface PingOutput {
  /** Round trips in ms, in the order of the requests; copies of an answer left out. */
  roundTrips: number[];
  /** Requests sent, as the statistics at the end say; `undefined` if they are missing. */
  sent: number | undefined;
}

/** Half of what `<1ms` may stand for: the value with the smallest possible error. */
const BELOW = 0.5;

const TIME = /([=<]) ?(\d{1,9}(?:[.,]\d{1,9})?) ?ms\b/g;
const SEQUENCE = /\bseq=(\d{1,9})|icmp_seq[= ](\d{1,9})/;
/** In the text of no console; in bytes at random, digits and a percent sign are found soon enough. */
const NO_TEXT = /[^\t\n\r\x20-\x7e\x80-\xff]/;
const PERCENT = /(\d{1,3}(?:[.,]\d{1,9})?) ?%/;

/**
 * Reads the output of iputils, BusyBox, BSD, macOS and Windows `ping`, in any language: what
 * counts is the shape of the numbers, never a word. An answer is a line with exactly one time
 * (`time=1.23 ms`, `Zeit=12ms`, `temps<1ms`, `time=1,23 ms`); a line with several is Windows'
 * summary. `Destination host unreachable`, which Windows counts as received, has no time and
 * so is a loss. The number of requests sent is the first number of the sentence that ends in
 * the percentage of loss, which some languages break over two lines; it counts only if the numbers
 * received and lost agree with it. What holds control characters is no text, and says nothing.
 */
export function parsePing(output: string): PingOutput {
  const roundTrips: number[] = [];
  const seen = new Set<string>();
  let sent: number | undefined;
  let lineBefore = '';
  if (NO_TEXT.test(output)) return { roundTrips, sent };
  for (const raw of output.split('\n')) {
    const line = raw.trim();
    const time = timeOf(line);
    if (time !== undefined) {
      const sequence = sequenceOf(line);
      const copy = line.includes('DUP!') || (sequence !== undefined && seen.has(sequence));
      if (sequence !== undefined) seen.add(sequence);
      if (!copy) roundTrips.push(time);
    } else {
      sent ??= sentOf(line, lineBefore);
    }
    lineBefore = line;
  }
  return { roundTrips, sent };
}

function timeOf(line: string): number | undefined {
  const times = [...line.matchAll(TIME)];
  const [time] = times;
  if (times.length !== 1 || time === undefined) return undefined;
  const value = Number((time[2] ?? '').replace(',', '.'));
  return time[1] === '<' ? value * BELOW : value;
}

function sequenceOf(line: string): string | undefined {
  const found = SEQUENCE.exec(line);
  return found?.[1] ?? found?.[2];
}

function sentOf(line: string, lineBefore: string): number | undefined {
  const percent = PERCENT.exec(line);
  if (percent === null) return undefined;
  const here = numbersOf(line.slice(0, percent.index));
  const [sent = 0, received = 0] = here.length >= 2 ? here : [...numbersOf(lineBefore), ...here];
  const lost = (100 * (sent - received)) / sent;
  const said = Number((percent[1] ?? '').replace(',', '.'));
  // The numbers must agree with each other, but for rounding.
  return Math.abs(lost - said) <= 1 ? sent : undefined;
}

function numbersOf(text: string): number[] {
  return Array.from(text.matchAll(/\d{1,9}/g), ([digits]) => Number(digits));
}
