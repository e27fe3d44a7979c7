import { describe, expect, it } from 'vitest';
import { defaultStateFolder } from './state-folder.ts';

describe('state folder', () => {
  it.each([
    ['what systemd made', { STATE_DIRECTORY: '/var/lib/h:/var/lib/i', XDG_STATE_HOME: '/x' }, 'linux', '/var/lib/h'],
    ["the user's place for state", { XDG_STATE_HOME: '/x' }, 'linux', '/x/nester-harvester'],
    ['the usual place when that one is relative', { XDG_STATE_HOME: 'x' }, 'linux', '/home/a/.local/state/nester-harvester'],
    ['the usual place', {}, 'darwin', '/home/a/.local/state/nester-harvester'],
    ["Windows' own place", { LOCALAPPDATA: 'C:\\Local' }, 'win32', 'C:\\Local\\nester-harvester'],
  ])('is %s', (_what, environment: Record<string, string>, platform, folder) => {
    expect(defaultStateFolder(environment, platform, '/home/a')).toBe(folder);
  });
});
