import { describe, expect, it } from 'vitest';
import { withCredentials } from './credentials.ts';

const secrets = [{ env: 'NESTER_API_KEY' }, { env: 'NESTER_PASSWORD' }];

/** A folder of credentials. */
function folderOf(files: Record<string, string>) {
  return (path: string): string => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    return text;
  };
}

describe('secrets that systemd gave as credentials', () => {
  it('are read as the variables of their name, without the end of the line', () => {
    const read = withCredentials({ CREDENTIALS_DIRECTORY: '/run/c', NESTER_PORT: '1' }, secrets, folderOf({ '/run/c/NESTER_API_KEY': 'a key \n', '/run/c/NESTER_PORT': '2' }));

    expect(read).toMatchObject({ NESTER_API_KEY: 'a key ', NESTER_PORT: '1' });
    expect(read).not.toHaveProperty('NESTER_PASSWORD');
  });

  it('give way to a variable that is set, and not to an empty one', () => {
    const readFile = folderOf({ '/run/c/NESTER_API_KEY': 'credential', '/run/c/NESTER_PASSWORD': 'credential' });

    const read = withCredentials({ CREDENTIALS_DIRECTORY: '/run/c', NESTER_API_KEY: 'variable', NESTER_PASSWORD: '' }, secrets, readFile);

    expect(read).toMatchObject({ NESTER_API_KEY: 'variable', NESTER_PASSWORD: 'credential' });
  });

  it('are not looked for where there is no folder', () => {
    expect(withCredentials({ NESTER_PORT: '1' }, secrets, folderOf({}))).toEqual({ NESTER_PORT: '1' });
  });

  it('that cannot be read are no reason to start without them', () => {
    const readFile = (): string => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    };

    expect(() => withCredentials({ CREDENTIALS_DIRECTORY: '/run/c' }, secrets, readFile)).toThrow('EACCES');
  });
});
