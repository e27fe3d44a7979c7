/**
 * `npm run fuzz`: a million inputs, near right ones and far from them, for everything that takes
 * what comes from outside. `--cases N` of all areas together, `--seed S` to repeat, `--only NAME`.
 */
import { parseArgs } from 'node:util';
import { AREAS, fuzz, type Outcome } from './fuzz.ts';

const { values } = parseArgs({ options: { cases: { type: 'string', default: '1000000' }, seed: { type: 'string' }, only: { type: 'string' } } });
const cases = Number(values.cases);
const seed = values.seed === undefined ? Date.now() % 2_000_000_000 : Number(values.seed);
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed)) throw new Error('--cases and --seed are whole numbers');
const areas = AREAS.filter(({ name }) => name.includes(values.only ?? ''));
if (areas.length === 0) throw new Error(`--only: no area of that name; there are ${AREAS.map(({ name }) => `"${name}"`).join(', ')}`);

console.log(`${cases} cases, seed ${seed}\n`);
const weights = areas.reduce((sum, { weight }) => sum + weight, 0);
const outcomes: Outcome[] = [];
for (const area of areas) {
  const outcome = await fuzz(area, Math.ceil((cases * area.weight) / weights), seed);
  outcomes.push(outcome);
  const { name, seconds, slowestMs, grownBytes, failure } = outcome;
  const grown = grownBytes === undefined ? '' : `, heap ${(grownBytes / 1024 / 1024).toFixed(1)} MiB more at the end`;
  console.log(`${failure === undefined ? 'ok    ' : 'FAILED'} ${name}: ${outcome.cases} cases in ${seconds.toFixed(1)} s, the slowest ${slowestMs.toFixed(1)} ms${grown}`);
  if (failure !== undefined) console.log(`\n${failure}\nagain: npm run fuzz -- --cases ${cases} --seed ${seed} --only ${JSON.stringify(name)}\n`);
}
const failed = outcomes.filter(({ failure }) => failure !== undefined).length;
console.log(`\n${outcomes.reduce((sum, outcome) => sum + outcome.cases, 0)} cases, ${failed} of ${outcomes.length} areas failed`);
process.exit(failed === 0 ? 0 : 1);
