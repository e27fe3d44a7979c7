/** `npm run build`: installs what is missing, then builds, also when nothing changed; with `--if-old`, only then not. */
import './node-version.mjs';

const { build, install } = await import('./prepare.mjs');
try {
  await install(console.log);
  await build(console.log, { force: !process.argv.includes('--if-old') });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
