import { describe, expect, it } from 'vitest';
import { firstCommands } from './first-commands.ts';

describe('commands for a first report', () => {
  it('name the Nester they are for, under a path and over https too', () => {
    for (const address of ['http://nester.lan:5000', 'https://example.org/monitor']) {
      for (const command of Object.values(firstCommands(address))) expect(command).toContain(address);
    }
  });
});
