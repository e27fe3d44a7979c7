import { chmod, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { defineConfig } from 'tsup';
import { licenceComment, licencesOf, licenceText } from './deploy/build/licences.ts';
import { buildPage } from './deploy/build/page.ts';

/** What the Nester serves to its sites as it stands in deploy/, beside the Harvester that is built. */
const SERVED = [
  'shell/harvester.sh',
  'shell/install.sh',
  'windows/install.ps1',
  'systemd/nester-harvester.service',
  'systemd/nester-harvester-once.service',
  'systemd/nester-harvester-once.timer',
];

/**
 * Builds the page, then the two programs: each one self-contained file that runs where there
 * is Node and nothing else. The page, and the Harvesters that sites get from it, are inside `nester.js`.
 */
export default defineConfig(async ({ outDir = 'dist' }) => {
  const root = process.cwd();
  const about = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const version = { NESTER_VERSION: JSON.stringify(about.version) };
  const page = await buildPage(join(root, 'public'), resolve(outDir, 'public'), version);
  const outputs = new Map<string, Metafile['outputs'][string]>();

  return {
    entry: { nester: 'nester/main.ts', harvester: 'harvester/main.ts' },
    outDir,
    // CommonJS, because that is what Node takes a `.js` for that stands alone: as a module it would be
    // read twice, and the loader of modules alone takes a tenth of the time of starting Node.
    format: 'cjs',
    outExtension: () => ({ js: '.js' }),
    platform: 'node',
    target: 'node20.19',
    noExternal: [/.*/],
    splitting: false,
    removeNodeProtocol: false,
    // Readable, so that anyone can see what a program on their machine does; what can never run is left out.
    minifySyntax: true,
    define: {
      ...version,
      NESTER_PAGE: JSON.stringify(page.files),
      NESTER_UNIT: JSON.stringify(await readFile(join(root, 'deploy/systemd/nester-dashboard.service'), 'utf8')),
      // Asked for only by a Nester that runs from its sources, whose page is in a folder.
      'import.meta.url': 'undefined',
      // ws works without its native helpers; a stray copy beside the program must not be loaded.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    esbuildOptions(options) {
      // Node's own modules are asked for with require(), since import() would start the loader that CommonJS does without.
      options.supported = { ...options.supported, 'dynamic-import': false };
    },
    esbuildPlugins: [
      {
        name: 'outputs',
        setup(bundle) {
          bundle.onEnd(({ metafile }) => {
            for (const [path, output] of Object.entries(metafile?.outputs ?? {})) outputs.set(basename(path), output);
          });
        },
      },
    ],
    async onSuccess() {
      await writeFile(join(outDir, 'package.json'), '{ "type": "commonjs" }\n');
      const downloads: Record<string, string> = {};
      for (const path of SERVED) downloads[basename(path)] = await readFile(join(root, 'deploy', path), 'utf8');
      const ofPage = Object.values(page.metafile.outputs);
      // The Harvester first, since the Nester carries it as it is served.
      const programs = { 'harvester.js': [], 'nester.js': ofPage };
      for (const [name, extra] of Object.entries(programs)) {
        const program = outputs.get(name);
        if (program === undefined) throw new Error(`BUG: the build made no ${name}`);
        const path = join(outDir, name);
        const code = (await readFile(path, 'utf8')).replace(/^#!.*\n/, '');
        const licences = licenceComment(await licencesOf([program, ...extra], root));
        const carried = name === 'nester.js' ? `"use strict";\nconst NESTER_DOWNLOADS = ${JSON.stringify(downloads)};\n` : '';
        const text = `#!/usr/bin/env node\n${carried}${code}${licences}`;
        if (name === 'harvester.js') downloads[name] = text;
        await writeFile(path, text);
        await chmod(path, 0o755);
      }
      await writeFile(join(outDir, 'LICENSES'), licenceText(await licencesOf([...outputs.values(), ...ofPage], root)));
    },
  };
});
