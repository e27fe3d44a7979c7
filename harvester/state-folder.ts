import { posix, win32 } from 'node:path';

/**
 * Where state is kept unless told otherwise: the folder systemd made for the service, else the
 * user's own place for such things.
 */
export function defaultStateFolder(
  environment: Record<string, string | undefined>,
  platform: string,
  homeFolder: string,
): string {
  const given = environment['STATE_DIRECTORY']?.split(':')[0];
  if (given) return given;
  if (platform === 'win32') {
    return win32.join(environment['LOCALAPPDATA'] || win32.join(homeFolder, 'AppData', 'Local'), 'nester-harvester');
  }
  const base = environment['XDG_STATE_HOME'];
  // The XDG rules say that a relative path is to be ignored.
  return posix.join(base && posix.isAbsolute(base) ? base : posix.join(homeFolder, '.local', 'state'), 'nester-harvester');
}
