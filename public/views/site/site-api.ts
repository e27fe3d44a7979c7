import type { Problem } from '../../../protocol/problem.ts';
import type { History, SeriesName } from '../../charts/history.ts';
import type { Window } from '../../charts/span.ts';
import type { AvailabilityAnswer, EventsAnswer, HostsAnswer, ReportsAnswer, SeriesAnswer, SlotsAnswer } from './answers.ts';

/** `status` 0: no answer at all. `detail` is Nester's own words. */
export type Answer<Value> = { ok: true; value: Value } | { ok: false; status: number; detail: string };

/** Asks Nester about one node. Never rejects; after `close`, nothing resolves any more. */
export interface SiteApi {
  history(series: SeriesName, window: Window, points: number): Promise<Answer<History>>;
  series(): Promise<Answer<SeriesAnswer>>;
  availability(window: Window): Promise<Answer<AvailabilityAnswer>>;
  slots(window: Window, points: number): Promise<Answer<SlotsAnswer>>;
  events(window: Window): Promise<Answer<EventsAnswer>>;
  hosts(): Promise<Answer<HostsAnswer>>;
  reports(limit: number): Promise<Answer<ReportsAnswer>>;
  measure(key: string): Promise<Answer<unknown>>;
  forget(key: string): Promise<Answer<unknown>>;
  close(): void;
}

export function createSiteApi({ root, node }: { root: URL; node: string }): SiteApi {
  const abort = new AbortController();
  const base = `${root.href}api/nodes/${encodeURIComponent(node)}`;

  async function ask<Value>(address: string, query: Record<string, string | number> = {}, init: RequestInit = {}): Promise<Answer<Value>> {
    const url = new URL(address);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const answer = await answerOf<Value>(url, { ...init, signal: abort.signal });
    return abort.signal.aborted ? new Promise(() => undefined) : answer;
  }

  const within = ({ fromMs, toMs }: Window) => ({ from: Math.round(fromMs), to: Math.round(toMs) });
  const withKey = (method: string, key: string): RequestInit => ({ method, ...(key === '' ? {} : { headers: { 'X-API-Key': key } }) });

  return {
    history: ({ metric, target }, window, points) =>
      ask(`${base}/history`, { metric, ...(target === undefined ? {} : { target }), ...within(window), points }),
    series: () => ask(`${base}/series`),
    availability: (window) => ask(`${base}/availability`, within(window)),
    slots: (window, points) => ask(`${base}/availability`, { ...within(window), points }),
    events: (window) => ask(`${base}/events`, within(window)),
    hosts: () => ask(`${base}/hosts`),
    reports: (limit) => ask(`${root.href}api/reports`, { node, order: 'desc', limit }),
    measure: (key) => ask(`${base}/measure`, {}, withKey('POST', key)),
    forget: (key) => ask(base, {}, withKey('DELETE', key)),
    close: () => abort.abort(),
  };
}

async function answerOf<Value>(url: URL, init: RequestInit): Promise<Answer<Value>> {
  try {
    const response = await fetch(url, init);
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    const body: unknown = isJson ? await response.json() : undefined;
    // What this Nester answers is what its documentation says: page and program are of one version.
    if (response.ok) return { ok: true, value: body as Value };
    const detail = (body as Partial<Problem> | undefined)?.detail ?? response.statusText;
    return { ok: false, status: response.status, detail };
  } catch (error) {
    return { ok: false, status: 0, detail: error instanceof Error ? error.message : String(error) };
  }
}
