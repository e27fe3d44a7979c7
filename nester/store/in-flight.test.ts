import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addFlight, createInFlight } from './in-flight.ts';

describe('reports on their way', () => {
  it('are found by node and time, whatever comes and goes', () => {
    const step = fc.record({ isAdd: fc.boolean(), node: fc.constantFrom('a', 'b'), ms: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(2), (steps, remembered) => {
        const inFlight = createInFlight<number>(remembered);
        const model = new Map<string, number>();
        for (const [number, { isAdd, node, ms }] of steps.entries()) {
          // Each is added once until it is removed: another of its time is a duplicate.
          if (isAdd && !model.has(`${node} ${ms}`)) {
            addFlight(inFlight.ofNode(node), ms, number);
            model.set(`${node} ${ms}`, number);
          } else if (!isAdd) {
            inFlight.remove(inFlight.ofNode(node), ms);
            model.delete(`${node} ${ms}`);
          }
          for (const name of ['a', 'b']) for (let at = 0; at <= 3; at++) expect(inFlight.of(name, at)).toBe(model.get(`${name} ${at}`));
        }
      }),
    );
  });
});
