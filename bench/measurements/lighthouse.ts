import { aFleet } from '../../test/support/fleet.ts';
import { judgeWithLighthouse } from '../../test/support/lighthouse.ts';
import { post } from '../../test/support/post.ts';
import { aim, type BenchOptions, type Measurement, NONE, type Row } from '../measurement.ts';
import { makeDataFolder } from '../programs.ts';
import { startNester, withServer } from '../servers.ts';
import { median } from '../statistics.ts';

const NODES = 30;
const LEAST = 95;

export const lighthouse: Measurement = {
  name: 'lighthouse',
  title: 'The page, as Lighthouse judges it',
  about: `Performance of \`/\` with ${NODES} nodes and of a site's page, of 100; Lighthouse with its own model of a desktop on a fast line, and of a phone on a slow one. Medians.`,
  async run({ runs }: BenchOptions): Promise<Row[]> {
    return withServer(startNester, async ({ url }) => {
      await post(url, ...aFleet(NODES));
      const pages = { table: `${url}/`, site: `${url}/nodes/lyon-01` };
      const rows: Row[] = [];
      for (const formFactor of ['desktop', 'mobile'] as const) {
        for (const [name, page] of Object.entries(pages)) {
          const verdicts = await judgeWithLighthouse(Array.from({ length: runs }, () => page), formFactor, makeDataFolder());
          const score = median(verdicts.map(({ performance }) => performance));
          rows.push({ what: `${name}, ${formFactor}`, nester: String(score), yardstick: NONE, ratio: NONE, aim: aim(`at least ${LEAST}`, score >= LEAST) });
        }
      }
      return rows;
    });
  },
};
