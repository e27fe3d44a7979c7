import { execFile } from 'node:child_process';

/** Longer than any that is not stuck; the next one is due much later. */
const LIMIT_MS = 10_000;

/** Sends to `NOTIFY_SOCKET` by systemd-notify(1), which is wherever systemd is. `failed` hears why it could not. */
export function sendNotice(lines: readonly string[], failed: (message: string) => void): void {
  execFile('systemd-notify', ['--', ...lines], { timeout: LIMIT_MS }, (error) => {
    if (error) failed(`systemd-notify ${lines.join(' ')}: ${error.message}`);
  });
}
