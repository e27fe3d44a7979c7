import { describe, expect, it } from 'vitest';
import type { Action } from './access.ts';
import { createGates } from './gates.ts';

const refuse = () => ({ ok: false as const, refusal: { status: 401, detail: 'no' } });

describe('gates', () => {
  it.each([undefined, null, '', 'everything', 'READ'])('do not open for what does not say what it asks: %j', (asks) => {
    const gates = createGates(refuse);

    expect(() => gates.open('GET /new', asks as Action)).toThrow(/^BUG: GET \/new does not say what it asks$/);
  });

  it('do not open twice under one name', () => {
    const gates = createGates(refuse);
    gates.open('GET /a', 'read');

    expect(() => gates.open('GET /a', 'public')).toThrow(/^BUG: GET \/a is registered twice$/);
  });

  it('ask for what they say, and are all known', () => {
    const asked: string[] = [];
    const gates = createGates((_request, action) => {
      asked.push(action);
      return refuse();
    });

    gates.open('GET /a', 'read').ask({ headers: {}, socket: {} });
    gates.open('WS /b', 'write').ask({ headers: {}, socket: {} });

    expect(asked).toEqual(['read', 'write']);
    expect(gates.all().map(({ name }) => name)).toEqual(['GET /a', 'WS /b']);
  });
});
