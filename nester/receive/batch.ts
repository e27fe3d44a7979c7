import { isUtf8 } from 'node:buffer';
import { setImmediate as breathe } from 'node:timers/promises';
import type { BatchAnswer } from '../../protocol/answers.ts';
import { type Decoded, refused } from '../../protocol/decoded.ts';
import { decodeJson } from '../../protocol/json.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { scanReport } from '../../protocol/scan-report.ts';
import type { Refusal } from '../http/problem.ts';
import type { Limits } from '../limits.ts';
import type { Taken } from './ingest.ts';
import { type Range, splitArray } from './split-array.ts';
import { splitLines } from './split-lines.ts';

export type BatchForm = 'array' | 'lines';
export type BatchOutcome = { ok: true; answer: BatchAnswer } | { ok: false; refusal: Refusal };

/** What one report among many may be. */
export type PieceLimits = Pick<Limits, 'bodyBytes' | 'jsonDepth'>;

/** Work done in one go before everything else gets its turn. */
const TURN = { reports: 128, bytes: 256 * 1024 };

/**
 * Takes the reports of one body, in order. What is wrong with one report refuses that report;
 * only a body that is not what it says it is refuses the whole, and then nothing was taken.
 * Rejects with `NESTER_STORE_UNAVAILABLE` when some could not be stored: those that were stay,
 * and sending the whole again is harmless.
 */
export async function ingestBatch(bytes: Buffer, form: BatchForm, limits: PieceLimits, ingest: (input: unknown) => Taken): Promise<BatchOutcome> {
  const split = form === 'array' ? splitArray(bytes, LIMITS.batchReports) : splitLines(bytes, LIMITS.batchReports);
  if (split.kind === 'many') {
    return { ok: false, refusal: { status: 413, detail: `A request may hold at most ${LIMITS.batchReports} reports.` } };
  }
  if (split.kind === 'invalid') return invalidBody(refused(split.message));

  // Pieces are cut at characters of one byte: where the whole is UTF-8, each of them is.
  const isText = isUtf8(bytes);
  const decode = (piece: Range): Decoded<unknown> => decodePiece(bytes, isText, piece, limits);
  // A line stands for itself, and is taken as soon as it is read: what is held for long costs much.
  const elements = form === 'array' ? await decodeElements(bytes, split.pieces, limits, decode) : undefined;
  if (elements?.ok === false) return invalidBody(elements);

  const answer: BatchAnswer = { accepted: 0, duplicates: 0, rejected: [] };
  /** Few: reports that go to the disk together share theirs. */
  const durable = new Set<Promise<void>>();
  let last: Promise<void> | undefined;
  let turn = createTurn();
  for (const [index, piece] of split.pieces.entries()) {
    const input = elements?.value[index] ?? decode(piece);
    const taken: Taken = input.ok ? ingest(input.value) : input;
    if (taken.ok) {
      const { taking } = taken;
      if (taking.durable !== last) {
        last = taking.durable;
        durable.add(last);
        // Looked at below, once all are under way; a rejection until then is nobody's surprise.
        last.catch(() => undefined);
      }
      if (taking.duplicate) answer.duplicates++;
      else answer.accepted++;
    } else {
      answer.rejected.push(rejectionOf(index, taken));
    }
    if (turn.isOver(piece)) turn = await nextTurn();
  }
  await allOf(durable);
  return { ok: true, answer };
}

/** The elements of an array, which is valid or not as a whole: before any of it is taken. */
async function decodeElements(bytes: Buffer, pieces: readonly Range[], limits: PieceLimits, decode: (piece: Range) => Decoded<unknown>): Promise<Decoded<Decoded<unknown>[]>> {
  const elements: Decoded<unknown>[] = [];
  let turn = createTurn();
  for (const [index, piece] of pieces.entries()) {
    const element = decode(piece);
    if (!element.ok && !isJson(bytes, piece, limits)) {
      return { ok: false, errors: element.errors.map((error) => ({ ...error, path: `[${index}]` })) };
    }
    elements.push(element);
    if (turn.isOver(piece)) turn = await nextTurn();
  }
  return { ok: true, value: elements };
}

function rejectionOf(index: number, { errors, forbidden }: Taken & { ok: false }): BatchAnswer['rejected'][number] {
  return forbidden ? { index, status: 403, errors } : { index, errors };
}

function invalidBody({ errors }: { ok: false; errors: Refusal['errors'] & object }): BatchOutcome {
  return { ok: false, refusal: { status: 400, detail: 'The body is not a list of reports.', errors } };
}

function decodePiece(bytes: Buffer, isText: boolean, { start, end }: Range, { bodyBytes, jsonDepth }: PieceLimits): Decoded<unknown> {
  if (end - start > bodyBytes) return refused(`a report may have at most ${bodyBytes} bytes, this has ${end - start}`);
  const scanned = scanReport(bytes, start, end);
  if (scanned) return { ok: true, value: scanned };
  if (!isText && !isUtf8(bytes.subarray(start, end))) return refused('not valid UTF-8');
  return decodeJson(bytes.toString('utf8', start, end), jsonDepth);
}

/** Tells a piece that is JSON, only too deep or too large, from one that makes the array around it invalid. */
function isJson(bytes: Buffer, { start, end }: Range, { bodyBytes }: PieceLimits): boolean {
  const piece = bytes.subarray(start, end);
  if (piece.length > bodyBytes) return true;
  try {
    JSON.parse(piece.toString('utf8'));
    return isUtf8(piece);
  } catch {
    return false;
  }
}

function createTurn() {
  let reports = 0;
  let size = 0;
  return {
    isOver: ({ start, end }: Range): boolean => ++reports >= TURN.reports || (size += end - start) >= TURN.bytes,
  };
}

async function nextTurn() {
  await breathe();
  return createTurn();
}

/** Like `Promise.all`, but waits for every one before it rejects: nothing is under way after the answer. */
async function allOf(promises: ReadonlySet<Promise<void>>): Promise<void> {
  await Promise.allSettled(promises);
  await Promise.all(promises);
}
