/**
 * Loaded before Nester (`node --import`), lets it live through a day in a minute: its wall clock
 * begins in the past and runs fast until it has caught up with the present, then goes on as it
 * should. So pictures show what a real Nester kept and reckoned, not a made-up file.
 *
 * `FAST_CLOCK=<begin, epoch ms>,<real begin, epoch ms>,<times as fast>`
 */
const [beginMs = 0, realBeginMs = 0, speed = 1] = (process.env['FAST_CLOCK'] ?? '').split(',').map(Number);
const RealDate = Date;
const realNow = RealDate.now;

function now() {
  const realMs = realNow();
  return Math.min(realMs, beginMs + (realMs - realBeginMs) * speed);
}

globalThis.Date = /** @type {DateConstructor} */ (
  class extends RealDate {
    /** @param {...unknown} args */
    constructor(...args) {
      super(.../** @type {[number]} */ (args.length === 0 ? [now()] : args));
    }
    /** @override */
    static now() {
      return Math.floor(now());
    }
  }
);

/** Only long waits are shortened: short ones are pauses for breath, which take real time. */
const LONG_MS = 20_000;
for (const name of /** @type {const} */ (['setTimeout', 'setInterval'])) {
  const real = globalThis[name];
  globalThis[name] = /** @type {any} */ (
    /** @param {(...args: unknown[]) => void} run @param {number} ms @param {...unknown} args */
    (run, ms, ...args) => {
      const isFast = now() < realNow() - 1_000;
      return real(run, isFast && ms >= LONG_MS ? Math.max(5, ms / speed) : ms, ...args);
    }
  );
}
