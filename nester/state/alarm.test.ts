import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { timerAlarm } from './alarm.ts';

describe('timer alarm', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('rings once after the delay', () => {
    const ring = vi.fn();
    timerAlarm(1_000, ring);

    vi.advanceTimersByTime(999);
    expect(ring).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(ring).toHaveBeenCalledTimes(1);
  });

  it('does not ring when cancelled', () => {
    const ring = vi.fn();
    timerAlarm(1_000, ring)();

    vi.advanceTimersByTime(2_000);
    expect(ring).not.toHaveBeenCalled();
  });

  it('does not ring at once when the delay is longer than a timer keeps', () => {
    const ring = vi.fn();
    const cancel = timerAlarm(2 ** 40, ring);

    vi.advanceTimersByTime(2 ** 31 - 2);
    expect(ring).not.toHaveBeenCalled();
    cancel();
  });
});
