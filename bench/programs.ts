import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Files of one run of the bench; all of it goes at the end. */
export const folder = mkdtempSync(join(tmpdir(), 'nester-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * Bundles loads and yardsticks as the programs are bundled, so that no side pays for being
 * compiled while it runs.
 */
export async function buildPrograms(): Promise<void> {
  const sources = ['load', 'yardsticks', 'probes'].flatMap((name) => readdirSync(join(here, name)).map((file) => join(here, name, file)));
  await build({
    entryPoints: sources,
    outdir: folder,
    outbase: here,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}

/** Path of a program built from `bench/`, such as `load/posts`. */
export const builtProgram = (name: string): string => join(folder, `${name}.mjs`);

export const nesterProgram = fileURLToPath(new URL('../dist/nester.js', import.meta.url));
export const harvesterProgram = fileURLToPath(new URL('../dist/harvester.js', import.meta.url));

/** A new, empty data folder. */
export const makeDataFolder = (): string => mkdtempSync(join(folder, 'data-'));
