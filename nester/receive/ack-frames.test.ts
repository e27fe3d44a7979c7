import { describe, expect, it } from 'vitest';
import { ackFrames } from './ack-frames.ts';

/** The messages in frames from a server: of text, each whole, unmasked, with a length of one byte (RFC 6455, 5.2). */
function messagesIn(bytes: Buffer): unknown[] {
  const messages: unknown[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [kind, length = 0] = bytes.subarray(at, at + 2);
    expect([kind, length < 126]).toEqual([0x81, true]);
    messages.push(JSON.parse(bytes.toString('utf8', at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return messages;
}

describe('frames of acks', () => {
  it('are one message for each report, of any id and both kinds', () => {
    const reports = [
      { id: 0, duplicate: false },
      { id: 7, duplicate: true },
      { id: 12_345_678_901, duplicate: false },
      { id: Number.MAX_SAFE_INTEGER, duplicate: false },
      { id: Number.MAX_SAFE_INTEGER, duplicate: true },
    ];

    expect(messagesIn(ackFrames(reports))).toEqual(reports.map((report) => ({ type: 'ack', ...report })));
  });

  it('are nothing for nobody', () => {
    expect(ackFrames([])).toHaveLength(0);
  });
});
