import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decoded } from './decoded.ts';
import { type AgentAnswer, decodeAgentAnswer, decodeReportFrame } from './frames.ts';
import { LIMITS } from './limits.ts';

function errorsOf(decoded: Decoded<unknown>): string[] {
  return decoded.ok ? [] : decoded.errors.map(({ path, message }) => `${path}: ${message}`);
}

describe('a frame from a Harvester', () => {
  const read = (frame: unknown) => decodeReportFrame(JSON.stringify(frame));

  it('gives the id and the report, whatever the report holds', () => {
    expect(read({ type: 'report', id: 7, report: { node: 5, anything: [] } })).toEqual({
      ok: true,
      value: { id: 7, report: { node: 5, anything: [] } },
    });
  });

  it('is read in any order of its keys, and without those that are unknown', () => {
    expect(read({ report: 1, more: 2, id: 0, type: 'report' })).toEqual({ ok: true, value: { id: 0, report: 1 } });
  });

  it('may lack the report: refusing that by its id is for who reads the report', () => {
    expect(read({ type: 'report', id: 1 })).toEqual({ ok: true, value: { id: 1, report: undefined } });
  });

  it.each([0, 1, Number.MAX_SAFE_INTEGER])('may have the id %i', (id) => {
    expect(read({ type: 'report', id, report: {} })).toMatchObject({ ok: true, value: { id } });
  });

  it.each([
    ['-1', '-1'],
    ['0.5', '0.5'],
    ['9007199254740992', '9007199254740992'],
    ['1e999', 'null'],
    ['"1"', '"1"'],
    ['null', 'null'],
    ['[1]', '[1]'],
    ['true', 'true'],
  ])('is refused with the id %s, and the reason says what came', (id, came) => {
    expect(errorsOf(decodeReportFrame(`{"type":"report","id":${id},"report":{}}`))).toEqual([`id: expected a whole number >= 0, got ${came}`]);
  });

  it('is refused without an id', () => {
    expect(errorsOf(read({ type: 'report', report: {} }))).toEqual(['id: expected a whole number >= 0, got none']);
  });

  it.each([
    ['another type', { type: 'measure', id: 1 }, '"measure"'],
    ['a type in another case', { type: 'Report', id: 1 }, '"Report"'],
    ['no type', { id: 1, report: {} }, 'none'],
    ['a type that is a number', { type: 1 }, '1'],
    ['a type that is a list', { type: ['report'] }, '["report"]'],
    ['a type that only looks inherited', { toString: 'report', constructor: 'report' }, 'none'],
  ])('is refused with %s', (_what, frame, came) => {
    expect(errorsOf(read(frame))).toEqual([`type: expected type "report", got ${came}`]);
  });

  it('takes nothing from __proto__', () => {
    expect(errorsOf(decodeReportFrame('{"__proto__":{"type":"report","id":1,"report":{}}}'))).toEqual(['type: expected type "report", got none']);
    expect(errorsOf(decodeReportFrame('{"type":"report","__proto__":{"id":1}}'))).toEqual(['id: expected a whole number >= 0, got none']);
  });

  it('is quoted in a reason briefly, and without half a character', () => {
    for (const type of ['\u{1F600}'.repeat(1000), `x${'\u{1F600}'.repeat(1000)}`, '\u0085\u007f', '\ud800']) {
      const [reason = ''] = errorsOf(read({ type }));

      expect(reason.length).toBeLessThan(100);
      expect(reason).not.toMatch(/[\p{Cc}\p{Cs}]/u);
    }
  });

  it.each(['null', '[]', '[{"type":"report","id":1}]', '"report"', '1', 'true'])('is refused if it is %s', (text) => {
    expect(errorsOf(decodeReportFrame(text))).toEqual([': expected a JSON object']);
  });

  it('is refused with a reason if it is not JSON, or too deep', () => {
    expect(errorsOf(decodeReportFrame('{"type":"report"'))[0]).toContain('not valid JSON');
    expect(errorsOf(decodeReportFrame('['.repeat(LIMITS.agentFrameBytes)))[0]).toContain('nested deeper');
  });
});

describe("an answer of Nester's", () => {
  const answers: AgentAnswer[] = [
    { type: 'welcome', protocol: 1, serverTime: 1_795_334_400_000 },
    { type: 'ack', id: 0, duplicate: false },
    { type: 'ack', id: Number.MAX_SAFE_INTEGER, duplicate: true },
    { type: 'reject', id: 3, errors: [{ path: 'targets[0].name', message: 'expected a name' }] },
    { type: 'reject', id: 3, errors: [] },
    { type: 'retry', id: 4, after: 0 },
    { type: 'retry', id: 4, after: 2.5 },
    { type: 'measure' },
    { type: 'error', message: 'expected type "report"' },
  ];

  it.each(answers)('is read: %o', (answer) => {
    expect(decodeAgentAnswer(JSON.stringify(answer))).toEqual({ ok: true, value: answer });
  });

  it('loses what later versions add to it', () => {
    const text = '{"type":"reject","id":1,"errors":[{"path":"a","message":"b","code":1}],"more":{}}';

    expect(decodeAgentAnswer(text)).toEqual({ ok: true, value: { type: 'reject', id: 1, errors: [{ path: 'a', message: 'b' }] } });
  });

  it('to measure carries no argument, whatever was sent with it', () => {
    expect(decodeAgentAnswer('{"type":"measure","target":"10.0.0.1","command":"reboot"}')).toEqual({ ok: true, value: { type: 'measure' } });
  });

  it.each([
    ['{"type":"reboot"}', '"reboot"'],
    ['{"type":"toString"}', '"toString"'],
    ['{"type":"__proto__"}', '"__proto__"'],
    ['{"__proto__":{"type":"measure"}}', 'none'],
    ['{"type":null}', 'null'],
    ['{}', 'none'],
  ])('of an unknown type is refused by its type: %s', (text, came) => {
    expect(errorsOf(decodeAgentAnswer(text))).toEqual([`type: expected a type of frame that is known, got ${came}`]);
  });

  it.each([
    ['{"type":"ack","id":-1,"duplicate":false}', 'id: '],
    ['{"type":"ack","id":1.5,"duplicate":false}', 'id: '],
    ['{"type":"ack","id":9007199254740992,"duplicate":false}', 'id: '],
    ['{"type":"ack","id":"1","duplicate":false}', 'id: '],
    ['{"type":"ack","duplicate":false}', 'id: '],
    ['{"type":"ack","id":1}', 'duplicate: '],
    ['{"type":"ack","id":1,"duplicate":0}', 'duplicate: '],
    ['{"type":"reject","id":1}', 'errors: '],
    ['{"type":"reject","id":1,"errors":[{"path":"a"}]}', 'errors.0.message: '],
    ['{"type":"retry","id":1,"after":-0.001}', 'after: '],
    ['{"type":"retry","id":1,"after":1e999}', 'after: '],
    ['{"type":"retry","id":1,"after":"5"}', 'after: '],
    ['{"type":"welcome","protocol":1}', 'serverTime: '],
    ['{"type":"error"}', 'message: '],
  ])('is refused by the field that is wrong: %s', (text, start) => {
    const [reason = ''] = errorsOf(decodeAgentAnswer(text));

    expect(reason.slice(0, start.length)).toBe(start);
    expect(reason).toContain('expected');
  });

  it.each(['null', '[]', '"ack"', '7'])('is refused if it is %s', (text) => {
    expect(errorsOf(decodeAgentAnswer(text))[0]).toContain('expected a JSON object');
  });

  it('is refused with a reason if it is not JSON, or too deep', () => {
    expect(errorsOf(decodeAgentAnswer(''))[0]).toContain('not valid JSON');
    expect(errorsOf(decodeAgentAnswer('{"type":'.repeat(100_000)))[0]).toContain('nested deeper');
  });
});

describe('any frame', () => {
  it('ends in a value or a reason, never in a throw', () => {
    const values = fc.oneof({ maxDepth: 2 }, fc.jsonValue(), fc.constantFrom<unknown>('report', 'ack', 'reject', 'retry', 1, -1, true, null));
    const frames = fc.dictionary(fc.constantFrom('type', 'id', 'report', 'errors', 'after', 'duplicate', 'message', 'toString'), values);
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), frames.map((frame) => JSON.stringify(frame)));

    fc.assert(
      fc.property(texts, (text) => {
        for (const decoded of [decodeReportFrame(text), decodeAgentAnswer(text)]) {
          if (!decoded.ok) expect(decoded.errors[0]?.message).toMatch(/./);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
