/**
 * `npm test`: installs what is missing, builds, and runs everything: lint, types, unit tests,
 * tests of the built programs and, beside them, of the page in a browser and of what is installed on
 * machines. At last it asks whether the tests have run every command of the documentation. Every stage runs, also after one that failed. Ends with the
 * line `N passed, N failed`; lint, types and build count as one each, a test that did not run
 * counts as failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '../deploy/node-version.mjs';

const { build, install, root } = await import('../deploy/prepare.mjs');
const { ensureTools } = await import('./tools.mjs');
const { countTests, failedTests } = await import('./count-tests.mjs');
const { forgottenCommands, takingInto } = await import('./documented-commands.mjs');

/** @typedef {import('./count-tests.mjs').Count} Count */

/** A stage that takes longer hangs. */
const STAGE_MS = 40 * 60_000;
const reports = mkdtempSync(join(tmpdir(), 'nester-test-run-'));
const taken = join(reports, 'taken-commands');
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));

/** @type {[name: string, stage: () => Promise<Count>][]} */
const stages = [
  ['tools', () => step(() => ensureTools(console.log), 0)],
  ['packages', () => step(() => install(console.log), 0)],
  ['build', () => step(() => build(console.log, { force: true }), 1)],
  ['lint', () => check('node_modules/eslint/bin/eslint.js', ['.', '--max-warnings', '0'])],
  ['types', () => check('node_modules/typescript/bin/tsc', ['--noEmit'])],
  ['unit', () => tests('unit')],
  // Both mostly wait: for time to pass, and for each other's programs.
  ['system', () => beside(() => tests('system'), () => inTurn(() => tests('browser', { isLater: true }), () => tests('machine', { isLater: true })))],
  ['commands', () => step(checkCommands, 1)],
];

/** Without these, nothing after them can run. */
const vital = new Set(['tools', 'packages']);

/** @type {string[]} */
const outcomes = [];
/** @type {string[]} */
const failures = [];
const total = { passed: 0, failed: 0 };
for (const [name, stage] of stages) {
  console.log(`\n=== ${name}`);
  const startedMs = performance.now();
  let count;
  try {
    count = await stage();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    count = { passed: 0, failed: 1 };
  }
  total.passed += count.passed;
  total.failed += count.failed;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  outcomes.push(`${name.padEnd(9)}${count.failed === 0 ? 'ok    ' : 'FAILED'} ${count.passed} passed, ${count.failed} failed (${seconds} s)`);
  if (count.failed > 0 && vital.has(name)) break;
}

console.log(`\n${[...failures, ...outcomes].join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/**
 * Something that throws when it fails.
 * @param {() => void | Promise<void>} run
 * @param {number} worth What its success counts.
 * @returns {Promise<Count>}
 */
async function step(run, worth) {
  await run();
  return { passed: worth, failed: 0 };
}

/** What the documentation shows and no test has run is a failure. */
function checkCommands() {
  const forgotten = forgottenCommands(readFileSync(taken, 'utf8'));
  if (forgotten.length > 0) throw new Error(`No test runs these commands of the documentation:\n${forgotten.join('\n')}`);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<Count>}
 */
async function check(program, args) {
  return (await node(program, args)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Runs two stages at the same time. One that cannot be judged does not stop the other.
 * @param {...(() => Promise<Count>)} stages
 * @returns {Promise<Count>}
 */
async function beside(...stages) {
  return sumOf(await Promise.allSettled(stages.map((stage) => stage())));
}

/**
 * Runs one stage after the other. One that cannot be judged does not stop the next.
 * @param {...(() => Promise<Count>)} stages
 * @returns {Promise<Count>}
 */
async function inTurn(...stages) {
  const counts = [];
  for (const stage of stages) counts.push(...(await Promise.allSettled([stage()])));
  return sumOf(counts);
}

/**
 * @param {PromiseSettledResult<Count>[]} counts
 * @returns {Count}
 */
function sumOf(counts) {
  const sum = { passed: 0, failed: 0 };
  for (const outcome of counts) {
    if (outcome.status === 'rejected') console.error(outcome.reason);
    sum.passed += outcome.status === 'fulfilled' ? outcome.value.passed : 0;
    sum.failed += outcome.status === 'fulfilled' ? outcome.value.failed : 1;
  }
  return sum;
}

/**
 * @param {string} project
 * @param {{ isLater?: boolean }} [options] `isLater`: what it says is shown when it has ended.
 * @returns {Promise<Count>}
 */
async function tests(project, { isLater = false } = {}) {
  const report = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await node('node_modules/vitest/vitest.mjs', ['run', '--project', project, ...reporters], isLater);
  const text = readFileSync(report, 'utf8');
  const { count, problems } = countTests(text, code);
  failures.push(...failedTests(text));
  for (const problem of problems) console.error(problem);
  return count;
}

/**
 * Runs a program of a package to its end and resolves to its exit code; -1 when it had to be killed.
 * @param {string} program
 * @param {string[]} args
 * @param {boolean} [isLater] Keeps what it says until it has ended.
 * @returns {Promise<number>}
 */
function node(program, args, isLater = false) {
  return new Promise((resolve, reject) => {
    const output = isLater ? 'pipe' : 'inherit';
    const child = spawn(process.execPath, [join(root, program), ...args], { cwd: root, stdio: ['ignore', output, output], env: { ...process.env, ...takingInto(taken) } });
    /** @type {Buffer[]} */
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (/** @type {Buffer} */ chunk) => said.push(chunk));
    const alarm = setTimeout(() => {
      console.error(`${program} did not end within ${STAGE_MS / 60_000} minutes; killing it.`);
      child.kill('SIGKILL');
    }, STAGE_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(alarm);
      process.stdout.write(Buffer.concat(said));
      resolve(code ?? -1);
    });
  });
}
