import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeKeyList, encodeKeyList } from './key-list.ts';
import { makeSiteKey } from './site-key.ts';

const lyon = makeSiteKey('lyon', ['lyon-*', 'ups-3'], 1_795_334_400_000).kept;
const lille = makeSiteKey('lille', [], 1_795_334_400_000).kept;

const errorOf = (text: string): string => {
  const decoded = decodeKeyList(text);
  if (decoded.ok) throw new Error('it was taken');
  return decoded.errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
};

describe('the text of keys.json', () => {
  it('comes back as it was, one key a line', () => {
    const text = encodeKeyList([lyon, lille]);

    expect(decodeKeyList(text)).toEqual({ ok: true, value: [lyon, lille] });
    expect(text.split('\n').filter((line) => line.includes('"name"'))).toHaveLength(2);
    expect(decodeKeyList(encodeKeyList([]))).toEqual({ ok: true, value: [] });
  });

  it.each([
    ['line', `[\n${JSON.stringify(lyon)}\n${JSON.stringify(lille)}\n]\n`, /^: line 3: this is not valid JSON$/],
    ['end', '[\n{"name":"lyon"', /^: line 2: this is not valid JSON$/],
    ['whole', '{"name":"lyon"}', /^: expected a JSON array of keys$/],
    ['field', JSON.stringify([lyon, { ...lille, nodes: ['ok', 7] }]), /^key 2 \(lille\), nodes\[1\]: expected/],
    ['missing nodes', JSON.stringify([{ ...lyon, nodes: undefined }]), /^key 1 \(lyon\), nodes: expected/],
    ['no nodes', JSON.stringify([{ ...lyon, nodes: [] }]), /^key 1 \(lyon\), nodes: expected/],
    ['time', JSON.stringify([{ ...lyon, created: 'yesterday' }]), /^key 1 \(lyon\), created: expected a time/],
    ['digest', JSON.stringify([{ ...lyon, sha256: 'abc' }]), /^key 1 \(lyon\), sha256: expected 64/],
    ['word', JSON.stringify([{ ...lyon, node: 'lyon' }]), /^key 1 \(lyon\): expected only/],
    ['name', JSON.stringify([{ ...lyon, name: '' }]), /^key 1, name: expected/],
    ['two of one name', JSON.stringify([lyon, { ...lille, name: 'lyon' }]), /^key 2 \(lyon\), name: expected another/],
    ['two of one key', JSON.stringify([lyon, { ...lyon, name: 'lille' }]), /^key 2 \(lille\), sha256: expected another/],
    ['no object', '[null]', /^key 1: expected an object$/],
  ])('is refused as a whole, with the place, for a wrong %s', (_what, text, expected) => {
    expect(errorOf(text)).toMatch(expected);
  });

  it('is never quoted when it is wrong: someone may have pasted a key', () => {
    const secret = 'nst_planted';

    for (const text of [secret, `[{"name":"a","key":"${secret}"}]`, `[{"name":"a","nodes":["a"],"created":"${secret}","sha256":"${secret}"}]`, `["${secret}"`]) {
      expect(errorOf(text)).not.toContain(secret);
    }
  });

  it('ends in keys or a reason, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.array(fc.record({ name: fc.anything(), nodes: fc.anything(), sha256: fc.anything(), created: fc.anything() })).map((value) => JSON.stringify(value))), (text) => {
        const decoded = decodeKeyList(text);

        expect(decoded.ok || decoded.errors.length > 0).toBe(true);
      }),
    );
  });
});
