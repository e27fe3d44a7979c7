/**
 * Loaded before Nester (`node --import`), lets it live through a day in a minute: its clock begins
 * in the past and moves when it is told to, step by step, until it is told that the present is
 * reached. Waits that end on the way ring in their order, each at its time. So pictures show what
 * a real Nester kept and reckoned, not a made-up file.
 *
 * Begins at `LED_CLOCK`, epoch ms. Messages: `{ to: <epoch ms> }` and `{ to: 'present' }`, each
 * answered with `{ at }` when done.
 */
const RealDate = Date;
let isLed = true;
let atMs = Number(process.env['LED_CLOCK']);
const now = () => (isLed ? atMs : RealDate.now());

globalThis.Date = /** @type {DateConstructor} */ (
  class extends RealDate {
    /** @param {...unknown} args */
    constructor(...args) {
      super(.../** @type {[number]} */ (args.length === 0 ? [now()] : args));
    }
    /** @override */
    static now() {
      return now();
    }
  }
);

/** @typedef {{ atMs: number, everyMs: number | undefined, run: () => void, unref: () => unknown, ref: () => unknown, hasRef: () => boolean }} Ring */
/** Short waits are pauses for breath, and take real time. */
const LONG_MS = 1_500;
/** @type {Set<Ring>} */
const rings = new Set();
const real = { setTimeout, setInterval, clearTimeout, clearInterval };

/** @param {'setTimeout' | 'setInterval'} name */
function led(name) {
  /**
   * @param {(...args: unknown[]) => void} run
   * @param {number} ms
   * @param {unknown[]} args
   */
  return (run, ms, ...args) => {
    if (!isLed || !(ms >= LONG_MS)) return real[name](run, ms, ...args);
    /** @type {Ring} */
    const ring = { atMs: atMs + ms, everyMs: name === 'setInterval' ? ms : undefined, run: () => run(...args), unref: () => ring, ref: () => ring, hasRef: () => false };
    rings.add(ring);
    return ring;
  };
}
globalThis.setTimeout = /** @type {typeof setTimeout} */ (/** @type {unknown} */ (led('setTimeout')));
globalThis.setInterval = /** @type {typeof setInterval} */ (/** @type {unknown} */ (led('setInterval')));
for (const name of /** @type {const} */ (['clearTimeout', 'clearInterval'])) {
  globalThis[name] = (timer) => {
    if (!rings.delete(/** @type {Ring} */ (/** @type {unknown} */ (timer)))) real[name](timer);
  };
}

/** @param {number} toMs */
async function lead(toMs) {
  for (;;) {
    const [next] = [...rings].filter((ring) => ring.atMs <= toMs).sort((a, b) => a.atMs - b.atMs);
    if (next === undefined) break;
    atMs = next.atMs;
    if (next.everyMs === undefined) rings.delete(next);
    else next.atMs += next.everyMs;
    next.run();
    await new Promise((resolve) => setImmediate(resolve));
  }
  atMs = toMs;
}

process.on('message', (/** @type {{ to: number | 'present' }} */ { to }) => {
  void (async () => {
    await lead(to === 'present' ? RealDate.now() : to);
    if (to === 'present') {
      isLed = false;
      for (const ring of rings) {
        const waitMs = Math.max(0, ring.atMs - RealDate.now());
        if (ring.everyMs === undefined) real.setTimeout(ring.run, waitMs).unref();
        else real.setInterval(ring.run, ring.everyMs).unref();
      }
      rings.clear();
      process.channel?.unref();
    }
    process.send?.({ at: now() });
  })();
});
