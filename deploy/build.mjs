/** `npm run build`: installs what is missing, then builds, also when nothing changed. */
import './node-version.mjs';

const { build, install } = await import('./prepare.mjs');
try {
  await install(console.log);
  await build(console.log, { force: true });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
