import type { Clock } from '../clock.ts';

/**
 * Which Nester to turn to, of several: the first that answers. After a failure the others are
 * tried; the first is tried again now and then, and has the reports again once it answers.
 */
export interface Nesters {
  /** Addresses in the order to try them. Those that asked for patience are left out. */
  order(): string[];
  answered(base: string): void;
  failed(base: string): void;
  /** It said when to come back. */
  wait(base: string, ms: number): void;
  /** Ms until one of them may be asked; 0: now. */
  waitMs(): number;
  isFirst(base: string): boolean;
  readonly first: string;
}

/** How long another has the reports before the first is tried again. */
const RETURN_MS = 30_000;

export function createNesters(bases: readonly [string, ...string[]], clock: Clock): Nesters {
  const waits = new Map<string, number>();
  let current = 0;
  let firstFailedAtMs = -Infinity;

  const isWaiting = (base: string): boolean => (waits.get(base) ?? -Infinity) > clock.monotonic();

  return {
    first: bases[0],
    order() {
      const returns = current !== 0 && clock.monotonic() - firstFailedAtMs >= RETURN_MS;
      const from = returns ? 0 : current;
      return [...bases.slice(from), ...bases.slice(0, from)].filter((base) => !isWaiting(base));
    },
    answered(base) {
      current = Math.max(0, bases.indexOf(base));
    },
    failed(base) {
      const at = bases.indexOf(base);
      if (at === 0) firstFailedAtMs = clock.monotonic();
      if (at === current) current = (current + 1) % bases.length;
    },
    wait(base, ms) {
      waits.set(base, clock.monotonic() + ms);
    },
    waitMs() {
      const until = Math.min(...bases.map((base) => waits.get(base) ?? -Infinity));
      return Math.max(0, until - clock.monotonic());
    },
    isFirst: (base) => base === bases[0],
  };
}
