/** `npm run bench`: installs and builds what is missing, then measures (bench/run.ts). */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import '../deploy/node-version.mjs';

const { build, install, root } = await import('../deploy/prepare.mjs');
try {
  await install(console.log);
  await build(console.log);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const args = ['--import', 'tsx', join(root, 'bench/run.ts'), ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
// Ctrl-C reaches it as well; it ends by itself, and so then do we.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
child.once('close', (code) => process.exit(code ?? 1));
