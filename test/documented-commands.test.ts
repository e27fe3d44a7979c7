import { describe, expect, it } from 'vitest';
import { forgottenCommands } from './documented-commands.mjs';

const block = (language: string, text: string) => ({ page: 'README.md', language, text });

describe('the commands that no test has taken from their page', () => {
  it('are those that nobody has written down, as they stand there today', () => {
    const [old, now] = [block('sh', 'nester --old\n'), block('sh', 'nester --new\n')];
    const taken = `${JSON.stringify(['README.md', 'nester --old\n'])}\n`;

    expect(forgottenCommands(taken, [old])).toEqual([]);
    expect(forgottenCommands(taken, [old, now])).toEqual([JSON.stringify(['README.md', 'nester --new\n'])]);
    expect(forgottenCommands('', [old])).toHaveLength(1);
  });

  it.each([
    [1, block('', '* * * * * NESTER=http://x node harvester.js once\n')],
    [1, block('', 'node harvester.js once\n')],
    [1, block('powershell', 'irm x\n')],
    [1, block('python', 'import requests\n')],
    [0, block('json', '{}\n')],
    [0, block('', '#!/bin/sh\necho "ups.battery 97"\n')],
    [0, block('', 'measure -> outbox\n')],
  ])('are commands: %d of %o', (count, shown) => {
    expect(forgottenCommands('', [shown])).toHaveLength(count);
  });
});
