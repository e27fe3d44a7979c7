/** How often a page that nobody sees is brought up to date: its title is still seen. */
const HIDDEN_MS = 1_000;

/** Gathers reasons to paint: however many frames arrive, there is one paint per frame of the screen. */
export interface Painter {
  request(): void;
}

export function createPainter(paint: () => void): Painter {
  let cancel: (() => void) | undefined;

  function schedule(): void {
    const run = (): void => {
      cancel = undefined;
      paint();
    };
    if (document.hidden) {
      const timer = setTimeout(run, HIDDEN_MS);
      cancel = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame(run);
      cancel = () => cancelAnimationFrame(frame);
    }
  }

  // A hidden page gets no animation frames: what waits for one must be asked for anew.
  document.addEventListener('visibilitychange', () => {
    if (!cancel) return;
    cancel();
    schedule();
  });

  return {
    request() {
      if (!cancel) schedule();
    },
  };
}
