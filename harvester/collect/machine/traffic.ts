import { readNumber } from './numbers.ts';

/** Bytes an interface has carried since it came up. */
export interface Traffic {
  interface: string;
  received: number;
  sent: number;
}

/** From /proc/net/dev; `undefined` if the interface is not there. */
export function trafficOf(dev: string, name: string): Traffic | undefined {
  for (const line of dev.split('\n')) {
    const colon = line.lastIndexOf(':');
    if (line.slice(0, colon).trim() !== name) continue;
    const columns = line.slice(colon + 1).trim().split(/\s+/).map(readNumber);
    const [received, sent] = [columns[0], columns[8]];
    if (received !== undefined && sent !== undefined) return { interface: name, received, sent };
  }
  return undefined;
}
