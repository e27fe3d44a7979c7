import { describe, expect, it } from 'vitest';
import { createTimeLabels } from './time-labels.ts';

const DAY_MS = 86_400_000;
const midnight = new Date(2026, 10, 24).getTime();

describe('time labels', () => {
  it('write the day where it begins, and the time everywhere', () => {
    const labels = createTimeLabels('en-GB')([midnight - 3_600_000, midnight, midnight + 3_600_000], 3_600_000);

    expect(labels).toEqual(['23:00\n23 Nov', '00:00\n24 Nov', '01:00']);
  });

  it('speak the reader’s language', () => {
    expect(createTimeLabels('fr-FR')([midnight, midnight + DAY_MS], DAY_MS)).toEqual(['mar. 24\nnov.', 'mer. 25']);
  });

  it('name seconds, weeks, and months as finely as they stand apart', () => {
    const labels = createTimeLabels('en-GB');

    expect(labels([midnight], 5_000)).toEqual(['00:00:00\n24 Nov']);
    expect(labels([midnight, midnight + 7 * DAY_MS], 7 * DAY_MS)).toEqual(['24 Nov\n2026', '1 Dec']);
    expect(labels([midnight], 30 * DAY_MS)).toEqual(['Nov\n2026']);
  });
});
