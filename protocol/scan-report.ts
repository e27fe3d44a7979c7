import * as z from 'zod';
import { LIMITS } from './limits.ts';
import { writeShort, writeWhole } from './digits.ts';
import { METRIC_NAME } from './metric-name.ts';
import type { AgentInfo, Report, Target } from './report.ts';
import { createTextTable, type TextTable } from './text-table.ts';
import { formatTimestamp, LAST_MS, parseTimestamp } from './timestamp.ts';

/**
 * Reads a report from the bytes it came in, when these are as Nester itself would write them:
 * fields in the schema's order and once each, no space between, texts in ASCII without escapes,
 * numbers as JavaScript writes them. A Harvester writes so. Of any other text it says nothing;
 * that is parsed, decoded and written anew, at several times the cost.
 *
 * Hot path: one look at each byte takes the place of parsing, checking and writing, three walks
 * over the report that were a third of all the work it made. Hence the shape of the code: each
 * `read...` begins at a position and returns the one behind what it read, or {@link NO}, and leaves the
 * value in a variable, since an object for each would cost more than the reading. Names and texts that
 * come again and again are looked up rather than made (see `text-table.ts`), and were held against the
 * rules when they came first.
 *
 * So nothing here may accept what the schema would refuse or change, nor text that would be
 * written differently. A test holds all of them against each other; what the schema has and this
 * has not costs time and nothing else.
 */
export class ScannedReport {
  private timestamp = '';
  private receivedAtMs = 0;

  constructor(
    readonly report: Report,
    /** The report's own time, epoch ms; `undefined` if it has none. */
    readonly timestampMs: number | undefined,
    private readonly bytes: Buffer,
    private readonly start: number,
    private readonly nodeEnd: number,
    private readonly restStart: number,
    private readonly end: number,
  ) {}

  /** Bytes of {@link write}, at most. */
  get mostBytes(): number {
    return this.end - this.start + ADDED_BYTES;
  }

  /** Gives it the times it is kept with: of measurement, ISO 8601, and of receipt, epoch ms. */
  completed(timestamp: string, receivedAtMs: number): this {
    this.timestamp = timestamp;
    this.receivedAtMs = receivedAtMs;
    return this;
  }

  /**
   * Writes the report's JSON as it is kept, with the time of receipt behind all the rest, and returns
   * where it ends. The bytes it came in must still be what they were.
   */
  write(into: Buffer, at: number): number {
    const { bytes, start, nodeEnd, restStart, end, timestamp, receivedAtMs } = this;
    // A copy of a stretch of bytes makes a view of it first, which is too much for a name.
    for (let from = start; from < nodeEnd; from++) into[at++] = bytes[from] ?? 0;
    at = writeShort(into, at, ',"timestamp":"');
    at = writeShort(into, at, timestamp);
    into[at++] = QUOTE;
    at += bytes.copy(into, at, restStart, end);
    at = writeShort(into, at, ',"receivedAt":');
    at = writeWhole(into, at, receivedAtMs);
    into[at++] = CLOSE;
    return at;
  }
}

/**
 * An object that is made by a constructor has room in itself for eight fields more than that gives it.
 * One written as `{ node }` gets new memory for its fields with every three of them.
 */
class RoomyReport implements Report {
  declare timestamp?: string;
  readonly node: string;
  constructor(node: string, timestamp: string | undefined) {
    this.node = node;
    if (timestamp !== undefined) this.timestamp = timestamp;
  }
}

/** Two times and their names, at most. */
const ADDED_BYTES = 100;

/** Reads what stands between `start` and `end`: a report, or `undefined` for what is not as said above. */
export function scanReport(bytes: Buffer, start = 0, end = bytes.length): ScannedReport | undefined {
  // No number goes on beyond the last brace, so that only texts need look for the end.
  if (bytes[end - 1] !== CLOSE) return undefined;
  last = end - 1;
  let at = readText(bytes, afterMark(bytes, start, NODE), NAMES);
  if (at === NO) return undefined;
  const nodeEnd = at;
  const node = text;
  let timestamp: string | undefined;
  let timestampMs: number | undefined;
  const timeAt = afterMark(bytes, at, TIMESTAMP);
  if (timeAt !== NO) {
    at = readTime(bytes, timeAt);
    if (at === NO) return undefined;
    timestamp = text;
    timestampMs = number;
  }
  const restStart = at;
  const report = new RoomyReport(node, timestamp);
  if (readFields(bytes, at, report) !== last) return undefined;
  return new ScannedReport(report, timestampMs, bytes, start, nodeEnd, restStart, last);
}

/** The same for a report in a frame, as a Harvester writes one. */
export function scanReportFrame(bytes: Buffer): { id: number; report: ScannedReport } | undefined {
  if (bytes[bytes.length - 1] !== CLOSE) return undefined;
  const idEnd = readCount(bytes, afterMark(bytes, 0, FRAME));
  const reportAt = afterMark(bytes, idEnd, FRAME_REPORT);
  if (idEnd === NO || reportAt === NO) return undefined;
  const id = number;
  const report = scanReport(bytes, reportAt, bytes.length - 1);
  return report && { id, report };
}

const NO = -1;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Position of the byte that closes the report. */
let last = 0;
/** What was read last. */
let text = '';
let number = 0;

const TEXTS = createTextTable(4_096, () => true);
/** With room for those of a large fleet. */
const NAMES = createTextTable(65_536, (name) => name.length <= LIMITS.nameCharacters && /^[!-~](?:.*[!-~])?$/.test(name));
const METRICS = createTextTable(1_024, (name) => METRIC_NAME.test(name) && isKey(name));
const LABELS = createTextTable(1_024, (name) => name.length > 0 && name.length <= LIMITS.labelCharacters && isKey(name));
const ADDRESSES = createTextTable(16_384, (ip) => z.regexes.ipv4.test(ip));

/** Whether an object has it as an entry, in its order: numbers come before all others. */
function isKey(name: string): boolean {
  return name !== '__proto__' && !/^\d/.test(name);
}

const mark = (json: string): Uint8Array => Buffer.from(json);
const FRAME = mark('{"type":"report","id":');
const FRAME_REPORT = mark(',"report":');
const NODE = mark('{"node":"');
const TIMESTAMP = mark(',"timestamp":');
const NULL = mark('null');
const ICMP = mark('"icmp"');
const TCP = mark('"tcp"');

/** Position behind a mark that stands at `at`, or NO. */
function afterMark(bytes: Buffer, at: number, expected: Uint8Array): number {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return NO;
  return at + expected.length;
}

/** From behind the first quote to behind the last. */
function readText(bytes: Buffer, from: number, table: TextTable): number {
  if (from === NO) return NO;
  let hash = 0;
  for (let at = from; at < last; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      const known = table.of(bytes, from, at, hash);
      if (known === undefined) return NO;
      text = known;
      return at + 1;
    }
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return NO;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  return NO;
}

/** A text of no more than so many characters, from its first quote on. */
function readShortText(bytes: Buffer, at: number, limit: number, least = 0): number {
  if (bytes[at] !== QUOTE) return NO;
  const end = readText(bytes, at + 1, TEXTS);
  return end === NO || text.length < least || text.length > limit ? NO : end;
}

/** 10 ** n, exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
/** Digits of which any decimal number is what its nearest double is written as. */
const EXACT_DIGITS = 15;
/** Below, JavaScript writes an exponent. */
const LEAST_PLAIN = 1e-6;

/**
 * A number not below 0, as JavaScript writes it, of at most 15 digits. Both digits and power of
 * ten are doubles exactly, so that their quotient is the double nearest to what is written
 * (W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990).
 */
function readNumber(bytes: Buffer, at: number): number {
  let byte = bytes[at] ?? 0;
  if (byte < ZERO || byte > NINE) return NO;
  const from = at;
  let digits = 0;
  for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) digits = digits * 10 + byte - ZERO;
  const whole = at - from;
  if (whole > EXACT_DIGITS || (bytes[from] === ZERO && whole > 1)) return NO;
  number = digits;
  if (byte !== POINT) return byte === 0x65 || byte === 0x45 ? NO : at;
  const pointAt = at;
  for (byte = bytes[++at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) digits = digits * 10 + byte - ZERO;
  const decimals = at - pointAt - 1;
  // The last is no zero, which would not be written.
  if (decimals === 0 || whole + decimals > EXACT_DIGITS || bytes[at - 1] === ZERO || byte === 0x65 || byte === 0x45) return NO;
  number = digits / (POWERS[decimals] ?? NaN);
  return number < LEAST_PLAIN ? NO : at;
}

function readCount(bytes: Buffer, at: number): number {
  const end = readNumber(bytes, at);
  return end !== NO && Number.isInteger(number) ? end : NO;
}

/** Of any sign. */
function readMetric(bytes: Buffer, at: number): number {
  if (bytes[at] !== MINUS) return readNumber(bytes, at);
  const end = readNumber(bytes, at + 1);
  number = -number;
  return number === 0 ? NO : end;
}

/** A time as text or in epoch ms; leaves both. */
function readTime(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) {
    const end = readCount(bytes, at);
    if (end === NO || number > LAST_MS) return NO;
    text = formatTimestamp(number);
    return end;
  }
  return readWrittenTime(bytes, at);
}

const TIME_LENGTH = 'yyyy-mm-ddThh:mm:ss.mmmZ'.length;

function readWrittenTime(bytes: Buffer, at: number): number {
  const end = at + TIME_LENGTH + 2;
  if (bytes[at] !== QUOTE || end > last || bytes[end - 1] !== QUOTE) return NO;
  text = bytes.toString('latin1', at + 1, end - 1);
  number = parseTimestamp(text);
  return number >= 0 && number <= LAST_MS && formatTimestamp(number) === text ? end : NO;
}

/** Fields behind node and time. They stand in this order; each may be missing. */
const FIELDS = ['ip', 'devices', 'latency', 'loss', 'jitter', 'method', 'interval', 'metrics', 'targets', 'labels', 'agent'] as const;
const FIELD_MARKS = FIELDS.map((name) => mark(`,"${name}":`));

function readFields(bytes: Buffer, at: number, report: Report): number {
  for (let field = 0; field < FIELDS.length; field++) {
    const valueAt = afterMark(bytes, at, FIELD_MARKS[field] ?? NODE);
    if (valueAt === NO) continue;
    at = readField(bytes, valueAt, FIELDS[field] ?? 'ip', report);
    if (at === NO) return NO;
  }
  return at;
}

function readField(bytes: Buffer, at: number, field: (typeof FIELDS)[number], report: Report): number {
  switch (field) {
    case 'ip':
      return readAddress(bytes, at, report);
    case 'devices':
      return readDevices(bytes, at, report);
    case 'interval':
      at = readNumber(bytes, at);
      report.interval = number;
      return number >= LIMITS.intervalSeconds.min && number <= LIMITS.intervalSeconds.max ? at : NO;
    case 'metrics':
      report.metrics = {};
      return readMetrics(bytes, at, report.metrics);
    case 'targets':
      report.targets = [];
      return readTargets(bytes, at, report.targets);
    case 'labels':
      report.labels = {};
      return readLabels(bytes, at, report.labels);
    case 'agent':
      return readAgent(bytes, at, report);
    default:
      return readMeasured(bytes, at, field, report);
  }
}

function readAddress(bytes: Buffer, at: number, report: Report): number {
  const nullEnd = afterMark(bytes, at, NULL);
  if (nullEnd !== NO) {
    report.ip = null;
    return nullEnd;
  }
  if (bytes[at] !== QUOTE) return NO;
  const end = readText(bytes, at + 1, ADDRESSES);
  report.ip = text;
  return end;
}

function readDevices(bytes: Buffer, at: number, report: Report): number {
  const nullEnd = afterMark(bytes, at, NULL);
  if (nullEnd !== NO) {
    report.devices = null;
    return nullEnd;
  }
  const end = readCount(bytes, at);
  report.devices = number;
  return end;
}

const MEASURED = ['latency', 'loss', 'jitter', 'method'] as const;

/** What is said of the line as a whole, and of each target. */
function readMeasured(bytes: Buffer, at: number, field: (typeof MEASURED)[number], into: Report | Target): number {
  if (field === 'method') {
    const icmpEnd = afterMark(bytes, at, ICMP);
    into.method = icmpEnd === NO ? 'tcp' : 'icmp';
    return icmpEnd === NO ? afterMark(bytes, at, TCP) : icmpEnd;
  }
  const nullEnd = afterMark(bytes, at, NULL);
  const end = nullEnd === NO ? readNumber(bytes, at) : nullEnd;
  const value = nullEnd === NO ? number : null;
  if (field === 'latency') into.latency = value;
  else if (field === 'jitter') into.jitter = value;
  else into.loss = value;
  return field === 'loss' && value !== null && value > 100 ? NO : end;
}

/** The name of the next entry, behind the bracket or a comma; with the colon. */
function readEntryName(bytes: Buffer, at: number, table: TextTable): number {
  if (bytes[at] !== QUOTE) return NO;
  const end = readText(bytes, at + 1, table);
  return end !== NO && bytes[end] === 0x3a ? end + 1 : NO;
}

function readMetrics(bytes: Buffer, at: number, metrics: Record<string, number>): number {
  if (bytes[at] !== OPEN) return NO;
  if (bytes[at + 1] === CLOSE) return at + 2;
  for (let count = 0; count < LIMITS.metrics; count++) {
    at = readEntryName(bytes, at + 1, METRICS);
    const name = text;
    if (at === NO) return NO;
    at = readMetric(bytes, at);
    // Named twice; or as what each object has, of which the schema knows more.
    if (at === NO || metrics[name] !== undefined) return NO;
    metrics[name] = number;
    if (bytes[at] === CLOSE) return at + 1;
    if (bytes[at] !== COMMA) return NO;
  }
  return NO;
}

function readLabels(bytes: Buffer, at: number, labels: Record<string, string>): number {
  if (bytes[at] !== OPEN) return NO;
  if (bytes[at + 1] === CLOSE) return at + 2;
  for (let count = 0; count < LIMITS.labels; count++) {
    at = readEntryName(bytes, at + 1, LABELS);
    const name = text;
    if (at === NO) return NO;
    at = readShortText(bytes, at, LIMITS.labelCharacters);
    if (at === NO || labels[name] !== undefined) return NO;
    labels[name] = text;
    if (bytes[at] === CLOSE) return at + 1;
    if (bytes[at] !== COMMA) return NO;
  }
  return NO;
}

const TARGET_NAME = mark('{"name":"');
const MEASURED_MARKS = MEASURED.map((name) => mark(`,"${name}":`));

function readTargets(bytes: Buffer, at: number, targets: Target[]): number {
  if (bytes[at] !== 0x5b) return NO;
  if (bytes[at + 1] === 0x5d) return at + 2;
  for (let count = 0; count < LIMITS.targets; count++) {
    at = readText(bytes, afterMark(bytes, at + 1, TARGET_NAME), NAMES);
    if (at === NO) return NO;
    const target: Target = { name: text };
    for (let field = 0; field < MEASURED.length; field++) {
      const valueAt = afterMark(bytes, at, MEASURED_MARKS[field] ?? NODE);
      if (valueAt === NO) continue;
      at = readMeasured(bytes, valueAt, MEASURED[field] ?? 'latency', target);
      if (at === NO) return NO;
    }
    if (bytes[at] !== CLOSE) return NO;
    targets.push(target);
    at++;
    if (bytes[at] === 0x5d) return at + 1;
    if (bytes[at] !== COMMA) return NO;
  }
  return NO;
}

const VERSION = mark('{"version":');
const MODE = mark(',"mode":');
const ONCE = mark('"once"');
const AGENT = mark('"agent"');
/** What an agent says of itself besides; in this order, each may be missing. */
const AGENT_FIELDS = ['os', 'hostname', 'boot', 'kept', 'dropped', 'pausedUntil', 'pausedWhy'] as const;
const AGENT_MARKS = AGENT_FIELDS.map((name) => mark(`,"${name}":`));
const MOST_CHARACTERS = { os: 100, hostname: 255, pausedWhy: LIMITS.pausedWhyCharacters };

function readAgent(bytes: Buffer, at: number, report: Report): number {
  at = readShortText(bytes, afterMark(bytes, at, VERSION), 50, 1);
  if (at === NO) return NO;
  const version = text;
  const modeAt = afterMark(bytes, at, MODE);
  at = afterMark(bytes, modeAt, AGENT);
  const agent: AgentInfo = { version, mode: at === NO ? 'once' : 'agent' };
  if (at === NO) at = afterMark(bytes, modeAt, ONCE);
  if (modeAt === NO || at === NO) return NO;
  for (let field = 0; field < AGENT_FIELDS.length; field++) {
    const valueAt = afterMark(bytes, at, AGENT_MARKS[field] ?? NODE);
    if (valueAt === NO) continue;
    at = readOfAgent(bytes, valueAt, AGENT_FIELDS[field] ?? 'os', agent);
    if (at === NO) return NO;
  }
  if (bytes[at] !== CLOSE) return NO;
  report.agent = agent;
  return at + 1;
}

function readOfAgent(bytes: Buffer, at: number, field: (typeof AGENT_FIELDS)[number], agent: AgentInfo): number {
  switch (field) {
    case 'boot':
    case 'pausedUntil':
      // As text only: a number would not be left as it is.
      at = readWrittenTime(bytes, at);
      agent[field] = text;
      return at;
    case 'kept':
    case 'dropped':
      at = readCount(bytes, at);
      agent[field] = number;
      return at;
    default:
      at = readShortText(bytes, at, MOST_CHARACTERS[field]);
      agent[field] = text;
      return at;
  }
}
