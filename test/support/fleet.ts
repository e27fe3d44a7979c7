/** A fleet that looks like a real one: of some forty shops and schools, a few have troubles. */

const CITIES = ['Lyon', 'Lille', 'Paris', 'Nantes', 'Nice', 'Metz', 'Brest', 'Dijon', 'Tours', 'Reims'];
const KINDS = ['shop', 'school', 'clinic'];
const HOUR = 3_600;

/** Reports of so many nodes. Every tenth goes dark within seconds, since it promises a report each second. */
export function aFleet(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, at) => {
    const city = CITIES[at % CITIES.length] ?? '';
    const share = (factor: number): number => ((at * factor) % 97) / 97;
    return {
      node: `${city.toLowerCase()}-${String(1 + Math.floor(at / CITIES.length)).padStart(2, '0')}`,
      ip: `10.${at >> 8}.${at & 255}.2`,
      devices: 3 + Math.round(share(31) * 40),
      latency: Math.round((2 + share(13) * 60) * 10) / 10,
      loss: at % 13 === 5 ? 30 : at % 7 === 2 ? 2 : 0,
      jitter: Math.round(share(7) * 40) / 10,
      interval: at % 10 === 3 ? 1 : HOUR,
      metrics: {
        cpu: Math.round(share(17) * 1_000) / 10,
        memory: Math.round((20 + share(19) * 70) * 10) / 10,
        disk: Math.round((10 + share(23) * 85) * 10) / 10,
        load1: Math.round(share(29) * 400) / 100,
        temperature: Math.round((35 + share(11) * 40) * 10) / 10,
        uptime: 86_400 * (1 + at),
      },
      targets: [
        { name: 'gateway', latency: 0.6, loss: 0, jitter: 0.1 },
        { name: 'internet', latency: 12.5, loss: at % 13 === 5 ? 28 : 0, jitter: 0.8 },
      ],
      labels: { city, kind: KINDS[at % KINDS.length] ?? '' },
      hosts: Array.from({ length: 6 }, (_, host) => ({
        ip: `10.${at >> 8}.${at & 255}.${host + 1}`,
        mac: `02:00:5e:${[at >> 8, at & 255, host].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
        vendor: ['Brother', 'Raspberry Pi', 'Apple', 'Hewlett Packard'][host % 4] ?? '',
        name: `device-${host + 1}.${city.toLowerCase()}.example`,
      })),
      agent: { version: '0.1.0', mode: 'agent', os: 'Linux 6.1.0 x64', hostname: `probe-${at}` },
    };
  });
}
