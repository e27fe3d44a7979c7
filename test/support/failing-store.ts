import type { ReportStore } from '../../nester/store/report-store.ts';

/** A store of which no report becomes durable, as long as `why` has a reason. */
export function failingStore(store: ReportStore, why: () => Error | undefined): Partial<ReportStore> {
  return {
    take(report, at) {
      const error = why();
      if (error === undefined) return store.take(report, at);
      return { node: report.node, timestamp: new Date(at).toISOString(), duplicate: false, durable: Promise.reject(error) };
    },
  };
}

/** A store whose reports become durable when `held` resolves. `taken` is called for each that is taken. */
export function holdingStore(store: ReportStore, held: Promise<void>, taken: () => void): Partial<ReportStore> {
  return {
    take(report, at) {
      taken();
      const taking = store.take(report, at);
      return { ...taking, durable: held.then(() => taking.durable) };
    },
  };
}
