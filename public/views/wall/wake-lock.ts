/**
 * Keeps the screen from going dark while the wall is shown. Browsers allow it over https and on
 * this machine itself; elsewhere the screen's own settings count. It ends when the window is
 * hidden, and is asked for again when it is seen.
 */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const isOver = (): boolean => over;

  async function ask(): Promise<void> {
    if (document.hidden || isOver() || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
      if (isOver()) await lock.release();
    } catch {
      // Not allowed here, or the battery is low: the wall works all the same.
    }
  }

  const onVisible = (): void => void ask();
  document.addEventListener('visibilitychange', onVisible);
  void ask();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', onVisible);
    void lock?.release().catch(() => undefined);
  };
}
