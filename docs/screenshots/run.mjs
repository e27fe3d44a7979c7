/** `npm run screenshots`: installs and builds what is missing, then takes the pictures (take.ts). */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import '../../deploy/node-version.mjs';

const { build, install, root } = await import('../../deploy/prepare.mjs');
const { ensureTools } = await import('../../test/tools.mjs');
try {
  ensureTools(console.log);
  await install(console.log);
  await build(console.log);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'docs/screenshots/take.ts')], { cwd: root, stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
child.once('close', (code) => process.exit(code ?? 1));
