import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report, StoredReport } from '../../protocol/report.ts';
import type { ReportQuery, ReportStore, StoreChange } from './report-store.ts';

/** What every store promises, wherever it keeps its reports. */
export function describeReportStore(name: string, make: () => ReportStore): void {
  describe(name, () => {
    let store: ReportStore;
    let changes: StoreChange[];
    /** Of the reports in them, which are gone from memory afterwards. */
    let texts: string[];

    beforeEach(async () => {
      store = make();
      changes = [];
      texts = [];
      store.follow((change) => {
        changes.push(change);
        if (change.type === 'reports') texts.push(...change.reports.map(({ json }) => json.toString()));
      });
      await store.open();
    });

    afterEach(() => store.close());

    const at = (second: number): string => new Date(Date.UTC(2026, 10, 22, 8, 0, second)).toISOString();
    const keep = (node: string, second: number, more: Partial<Report> = {}) =>
      store.append({ node, timestamp: at(second), ...more }, 1_795_334_500_000 + second);

    async function joined(query: ReportQuery): Promise<string[]> {
      const pieces: Buffer[] = [];
      for await (const piece of store.select(query).joined(Buffer.from('\n,'))) pieces.push(piece);
      const [nothing, ...texts] = Buffer.concat(pieces).toString().split('\n,');
      expect(nothing).toBe('');
      return texts.map((text) => {
        const { node, timestamp } = JSON.parse(text) as { node: string; timestamp: string };
        return `${node}@${new Date(timestamp).getUTCSeconds()}`;
      });
    }

    /** `node@second` of every report that a query answers, both ways. */
    async function ask(query: ReportQuery): Promise<string[]> {
      const found: string[] = [];
      for await (const batch of store.select(query).batches()) {
        for (const json of batch) {
          const { node, timestamp } = JSON.parse(Buffer.from(json).toString()) as { node: string; timestamp: string };
          found.push(`${node}@${new Date(timestamp).getUTCSeconds()}`);
        }
      }
      expect(await joined(query)).toEqual(found);
      return found;
    }

    it('keeps a report once, and says of the same one again that it is a duplicate', async () => {
      const first = await keep('a', 1, { latency: 1 });
      const second = await keep('a', 1, { latency: 2 });

      expect(first).toEqual({ node: 'a', timestamp: at(1), duplicate: false });
      expect(second).toEqual({ node: 'a', timestamp: at(1), duplicate: true });
      expect(store.count()).toBe(1);
      expect(changes).toHaveLength(1);
    });

    it('says at once what it takes a report for, also of one that is on its way', async () => {
      const takes = [1, 1, 2].map((second) => store.take({ node: 'a', timestamp: at(second) }, 1_795_334_500_000));

      expect(takes).toMatchObject([
        { node: 'a', timestamp: at(1), duplicate: false },
        { node: 'a', timestamp: at(1), duplicate: true },
        { node: 'a', timestamp: at(2), duplicate: false },
      ]);
      await takes[1]?.durable;
      expect(await ask({})).toContain('a@1');
      await Promise.all(takes.map(({ durable }) => durable));
      expect(store.count()).toBe(2);
      expect(changes.flatMap((change) => (change.type === 'reports' ? change.reports : []))).toHaveLength(2);
    });

    it('gives reports without a time the time of receipt, each its own', async () => {
      const kept = await Promise.all([1, 2, 3].map((latency) => store.append({ node: 'a', latency }, 1_795_334_400_000)));
      expect(kept.map(({ timestamp }) => timestamp).sort()).toEqual([
        '2026-11-22T08:00:00.000Z',
        '2026-11-22T08:00:00.001Z',
        '2026-11-22T08:00:00.002Z',
      ]);
    });

    it('tells its follower each report with its one serialisation, and where that leaves the reader', async () => {
      await keep('a', 1, { latency: 3.5, labels: { city: 'Lyon' } });
      const [change] = changes;
      if (change?.type !== 'reports') throw new Error('expected a change of type reports');
      expect(change.cursor).toBe(store.cursor());
      expect(texts).toEqual([`{"node":"a","timestamp":"${at(1)}","latency":3.5,"labels":{"city":"Lyon"},"receivedAt":1795334500001}`]);
      expect(change.reports[0]?.report).toEqual(JSON.parse(texts[0] ?? ''));
    });

    it('answers in order of measurement, late arrivals in their place', async () => {
      for (const [node, second] of [['a', 1], ['b', 5], ['a', 3], ['b', 2], ['a', 9]] as const) await keep(node, second);
      expect(await ask({})).toEqual(['a@1', 'b@2', 'a@3', 'b@5', 'a@9']);
      expect(await ask({ order: 'desc' })).toEqual(['a@9', 'b@5', 'a@3', 'b@2', 'a@1']);
      expect(await ask({ order: 'desc', limit: 2 })).toEqual(['a@9', 'b@5']);
      expect(await ask({ limit: 2 })).toEqual(['a@1', 'b@2']);
      expect(await ask({ node: 'a' })).toEqual(['a@1', 'a@3', 'a@9']);
      expect(await ask({ node: 'b', order: 'desc' })).toEqual(['b@5', 'b@2']);
      expect(await ask({ node: 'nobody' })).toEqual([]);
      expect(await ask({ since: Date.parse(at(2)), until: Date.parse(at(5)) })).toEqual(['b@2', 'a@3', 'b@5']);
      expect(await ask({ node: 'a', since: Date.parse(at(2)), until: Date.parse(at(5)) })).toEqual(['a@3']);
    });

    it('answers what came after a cursor in order of receipt', async () => {
      await keep('a', 5);
      const cursor = store.cursor();
      await keep('b', 9);
      await keep('a', 1);
      const selection = store.select({ after: cursor });

      expect(selection.cursorKnown).toBe(true);
      expect(selection.cursor).toBe(store.cursor());
      expect(await ask({ after: cursor })).toEqual(['b@9', 'a@1']);
      expect(await ask({ after: cursor, node: 'a' })).toEqual(['a@1']);
      expect(await ask({ after: cursor, limit: 1 })).toEqual(['b@9']);
      expect(await ask({ after: store.cursor() })).toEqual([]);
    });

    it('says when a cursor is not one of its own, and answers everything', async () => {
      await keep('a', 1);
      for (const after of ['', 'x', 'elsewhere-1', `${store.cursor()}9`, store.cursor().replace(/\d+$/, '-1')]) {
        expect(store.select({ after }).cursorKnown, after).toBe(false);
        expect(await ask({ after }), after).toEqual(['a@1']);
      }
    });

    it('says where to go on when a limit cut the answer short, from a cursor of its own or not', async () => {
      for (const [node, second] of [['a', 5], ['b', 9], ['a', 1], ['b', 2], ['a', 3]] as const) await keep(node, second);

      for (const [query, expected] of [
        [{ limit: 2 }, ['a@5', 'b@9', 'a@1', 'b@2', 'a@3']],
        [{ limit: 1, node: 'a' }, ['a@5', 'a@1', 'a@3']],
        [{ limit: 5 }, ['a@5', 'b@9', 'a@1', 'b@2', 'a@3']],
      ] as const) {
        const read: string[] = [];
        let after = 'elsewhere-1';
        for (let page = 0; page < 6; page++) {
          read.push(...(await ask({ ...query, after })));
          after = store.select({ ...query, after }).cursor;
        }
        expect(read).toEqual(expected);
      }
    });

    it('answers the newest report of each node as it was at a moment, by what had been received', async () => {
      /** Measured and received at these seconds. */
      for (const [node, measured, received] of [['b', 5, 10], ['a', 1, 11], ['a', 9, 12], ['b', 2, 13], ['a', 4, 14], ['c', 1, 15]] as const) {
        await store.append({ node, timestamp: at(measured), hosts: [{ ip: '10.0.0.1' }] }, received * 1_000);
      }
      const asOf = async (second: number, only?: string): Promise<string[]> => {
        const found: string[] = [];
        for await (const batch of store.asOf(second * 1_000, only)) {
          for (const { node, receivedAtMs, json, times } of batch) {
            const report = JSON.parse(Buffer.from(json).toString()) as StoredReport;
            expect(report).toEqual({ node, timestamp: at(new Date(times()[0] ?? 0).getUTCSeconds()), hosts: [{ ip: '10.0.0.1' }], receivedAt: receivedAtMs });
            found.push(`${node}@${times().map((ms) => new Date(ms).getUTCSeconds()).join(',')} ${receivedAtMs / 1_000}`);
          }
        }
        return found.sort();
      };

      expect(await asOf(9)).toEqual([]);
      expect(await asOf(10)).toEqual(['b@5 10']);
      expect(await asOf(11)).toEqual(['a@1 11', 'b@5 10']);
      expect(await asOf(99)).toEqual(['a@9,1 12', 'b@5 10', 'c@1 15']);
      expect(await asOf(14, 'a')).toEqual(['a@9,1 12']);
      expect(await asOf(14, 'nobody')).toEqual([]);

      await store.forget('a');

      expect(await asOf(99)).toEqual(['b@5 10', 'c@1 15']);
    });

    it('forgets a node and nothing else, and says so', async () => {
      await keep('a', 1);
      await keep('b', 2);
      const version = store.version();

      expect(await store.forget('a')).toBe(true);
      expect(await store.forget('a')).toBe(false);

      expect(await ask({})).toEqual(['b@2']);
      expect(store.count()).toBe(1);
      expect(store.version()).not.toBe(version);
      expect(changes.at(-1)).toMatchObject({ type: 'rebuilt', nodes: [{ node: 'a', history: undefined }] });
      expect((await keep('a', 1)).duplicate).toBe(false);
      expect(await ask({ node: 'a' })).toEqual(['a@1']);
    });

    it('changes its version with every report', async () => {
      const before = store.version();
      await keep('a', 1);
      expect(store.version()).not.toBe(before);
    });
  });
}
