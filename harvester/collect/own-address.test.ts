import { describe, expect, it } from 'vitest';
import { ownAddressTowards } from './own-address.ts';

describe('own address', () => {
  it('is the one used towards the other', async () => {
    expect(await ownAddressTowards('127.0.0.1')).toBe('127.0.0.1');
  });

  it('is unknown where the system has no way to the other', async () => {
    expect(await ownAddressTowards('255.255.255.255')).toBeUndefined();
  });
});
