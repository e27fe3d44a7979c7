/**
 * Thirty sites and what happens to them in a day: enough of everything that pictures are to show.
 * The same seed always makes the same day.
 */
export interface Site {
  node: string;
  /** The report of a moment; `undefined`: nothing is measured then. */
  reportAt: (atMs: number) => Record<string, unknown> | undefined;
  /** Between these moments the site measures, and what it measured arrives at `untilMs`. */
  backfill?: { fromMs: number; untilMs: number };
}

export const INTERVAL_SECONDS = 300;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const CITIES = ['Lyon', 'Lille', 'Paris', 'Nantes', 'Nice', 'Metz', 'Brest', 'Dijon', 'Tours', 'Reims'];
const KINDS = ['shop', 'school', 'clinic'];
const VENDORS = ['Hewlett Packard', 'Brother', 'Raspberry Pi', 'Apple', 'Ubiquiti', 'Synology', 'Samsung', 'Lexmark'];
const THINGS = ['printer', 'till', 'camera', 'tablet', 'ap', 'nas', 'tv', 'copier'];

/** @param endMs when the pictures are taken */
export function makeUpFleet(endMs: number): Site[] {
  return Array.from({ length: 30 }, (_, at) => makeUpSite(at, endMs));
}

function makeUpSite(at: number, endMs: number): Site {
  const city = CITIES[at % CITIES.length] ?? '';
  const node = `${city.toLowerCase()}-${String(1 + Math.floor(at / CITIES.length)).padStart(2, '0')}`;
  const noise = createNoise(at + 1);
  const usual = 4 + noise() * 30;
  const size = 6 + Math.floor(noise() * 30);
  const hostsOf = (count: number): Record<string, unknown>[] =>
    Array.from({ length: count }, (_unused, host) => ({
      ip: `10.${20 + at}.0.${host + 1}`,
      mac: `02:1a:${hex(at)}:00:00:${hex(host + 1)}`,
      vendor: VENDORS[(host * 3 + at) % VENDORS.length],
      name: `${THINGS[(host + at) % THINGS.length] ?? ''}-${host + 1}`,
      ...(host % 5 === 0 ? { ports: [80, 443] } : host % 7 === 0 ? { ports: [9100] } : {}),
    }));

  const isDark = (atMs: number): boolean =>
    (at === 3 && atMs > endMs - 47 * MINUTE_MS) ||
    (at === 17 && atMs > endMs - 12 * MINUTE_MS - 7 * 1_000) ||
    (at === 8 && atMs > endMs - 9 * HOUR_MS && atMs < endMs - 8 * HOUR_MS);
  const backfill = at === 0 ? { fromMs: endMs - 6 * HOUR_MS, untilMs: endMs - 4 * HOUR_MS } : undefined;
  const loses = (atMs: number): number => {
    if (at === 5) return atMs > endMs - 95 * MINUTE_MS ? 20 + Math.round(noise() * 3) * 10 : 0;
    if (at === 0 && atMs > endMs - 15 * HOUR_MS && atMs < endMs - 13.5 * HOUR_MS) return Math.round(noise() * 5) * 10;
    return noise() < 0.03 ? 10 : 0;
  };

  return {
    node,
    ...(backfill && { backfill }),
    reportAt(atMs) {
      if (isDark(atMs)) return undefined;
      const hour = new Date(atMs).getUTCHours() + new Date(atMs).getUTCMinutes() / 60;
      // People come in the morning and go in the evening.
      const busy = Math.max(0, Math.sin(((hour - 7) / 12) * Math.PI));
      const loss = loses(atMs);
      const latency = round(usual * (1 + 0.5 * busy) + noise() * 3 + loss / 2, 1);
      const devices = Math.round(size * (0.4 + 0.6 * busy)) + 2;
      return {
        node,
        timestamp: new Date(atMs).toISOString(),
        ip: `10.${20 + at}.0.2`,
        devices,
        latency,
        loss,
        jitter: round(0.4 + noise() * 2 + loss / 10, 1),
        interval: INTERVAL_SECONDS,
        metrics: {
          cpu: round(6 + 40 * busy * noise() + 4 * noise(), 1),
          memory: round(38 + (at % 9) * 4 + 10 * busy, 1),
          disk: round(30 + ((at * 17) % 60) + (at === 12 ? 9 : 0), 1),
          load1: round(0.1 + busy * noise() * 2, 2),
          load5: round(0.2 + busy, 2),
          temperature: round(38 + 14 * busy + noise() * 3, 1),
          rx: Math.round(2e4 + busy * 2e6 * noise()),
          tx: Math.round(1e4 + busy * 4e5 * noise()),
          uptime: Math.round((atMs - endMs) / 1000) + 86_400 * (12 + at),
          ...(at % 3 === 2 ? { 'ups.battery': round(96 + 4 * noise(), 1) } : {}),
        },
        targets: [
          { name: 'gateway', latency: round(0.4 + noise() * 0.3, 2), loss: 0, jitter: 0.1 },
          { name: 'internet', latency: round(latency * 0.6, 1), loss, jitter: 0.6 },
        ],
        labels: { city, kind: KINDS[at % KINDS.length] },
        ...(Math.floor(atMs / MINUTE_MS) % 30 < 5 ? { hosts: hostsOf(devices) } : {}),
        agent: {
          version: '0.1.0',
          mode: at % 4 === 1 ? 'once' : 'agent',
          os: 'Linux 6.1.0 arm64',
          hostname: `probe-${node}`,
          boot: new Date(endMs - 86_400_000 * (12 + at)).toISOString(),
          kept: 0,
          dropped: 0,
          ...(at === 21 && atMs > endMs - 40 * MINUTE_MS
            ? { pausedUntil: new Date(endMs + 95 * MINUTE_MS).toISOString(), pausedWhy: 'swapping the UPS' }
            : {}),
        },
      };
    },
  };
}

/** Numbers in [0, 1) that look like chance (mulberry32). */
function createNoise(seed: number): () => number {
  let state = seed * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
