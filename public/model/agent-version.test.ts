import { describe, expect, it } from 'vitest';
import { isOlder } from './agent-version.ts';

describe('the version of a Harvester', () => {
  it.each([
    ['0.1.0', '0.2.0', true],
    ['0.9.9', '0.10.0', true],
    ['1.2.3', '1.2.3', false],
    ['1.2.3-sh', '1.2.3', false],
    ['1.2.2-sh', '1.2.3', true],
    ['2.0.0', '1.9.9', false],
    ['my own script', '1.0.0', false],
    ['1.0', '2.0.0', false],
  ])('%s beside %s is older: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });
});
