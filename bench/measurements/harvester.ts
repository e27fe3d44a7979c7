import { setTimeout as sleep } from 'node:timers/promises';
import { aim, type BenchOptions, type Measurement, mebibytes, ms, NONE, percent, ratioOf, type Row } from '../measurement.ts';
import { startResident, timeCommand } from '../processes.ts';
import { harvesterProgram, makeDataFolder } from '../programs.ts';
import { startNester, withServer } from '../servers.ts';
import { median } from '../statistics.ts';

/** Starts are short, and what else the machine does comes in bursts. */
const STARTS_PER_RUN = 7;
const FIRST_REPORT_MS = 30_000;
const AGENT_INTERVAL_SECONDS = 10;

/** A site that is this machine: the line to itself, and no LAN. */
function siteOf(url: string, pings: number): Record<string, string> {
  return {
    NESTER: url,
    HARVESTER_NODE: 'bench',
    HARVESTER_PINGS: String(pings),
    // In place of the machine's own gateway, which may be far away.
    HARVESTER_TARGETS: 'gateway=127.0.0.1',
    HARVESTER_SCAN: 'off',
    HARVESTER_STATE_DIR: makeDataFolder(),
  };
}

export const once: Measurement = {
  name: 'once',
  title: 'A Harvester run from cron',
  about:
    '`harvester once` on the loopback without a scan, after its first run, delivered to a Nester on the same machine. Yardsticks: `node -e 0`; and the same ten echo requests by `ping` alone.',
  async run({ runs }: BenchOptions): Promise<Row[]> {
    return withServer(startNester, async ({ url }) => {
      const [quick, slow] = [siteOf(url, 1), siteOf(url, 10)];
      const harvest = (env: Record<string, string>): Promise<number> => timeCommand([process.execPath, harvesterProgram, 'once'], env);
      // The first run has no counters to compare with, and lasts a second for it.
      await Promise.all([harvest(quick), harvest(slow)]);
      const [bare, one, pings, ten]: [number[], number[], number[], number[]] = [[], [], [], []];
      for (let start = 0; start < runs * STARTS_PER_RUN; start++) {
        bare.push(await timeCommand([process.execPath, '-e', '0']));
        one.push(await harvest(quick));
      }
      for (let run = 0; run < runs; run++) {
        pings.push(await timeCommand(['ping', '-n', '-c', '10', '-i', '0.2', '127.0.0.1']));
        ten.push(await harvest(slow));
      }
      return [
        compared('one ping; beside `node -e 0`', median(one), median(bare), 'under 3', (ratio) => ratio < 3),
        compared('ten pings; beside `ping` alone', median(ten), median(pings), 'at most 1.3', (ratio) => ratio <= 1.3),
      ];
    });
  },
};

function compared(what: string, ours: number, yardstick: number, text: string, isMet: (ratio: number) => boolean): Row {
  return { what, nester: ms(ours), yardstick: ms(yardstick), ratio: ratioOf(ours, yardstick), aim: aim(text, isMet(ours / yardstick)) };
}

export const agent: Measurement = {
  name: 'agent',
  title: 'A Harvester that stays',
  about: `\`harvester agent\`, a report every ${AGENT_INTERVAL_SECONDS} s with ten pings to each of two targets, without a scan, from its first report on. Processor time is that of the agent itself; beside it, that of the \`ping\` it runs.`,
  async run({ minutes }: BenchOptions): Promise<Row[]> {
    return withServer(startNester, async ({ url }) => {
      const harvester = startResident(harvesterProgram, ['agent', '--interval', String(AGENT_INTERVAL_SECONDS)], { ...siteOf(url, 10), NESTER_LOG_LEVEL: 'warn' });
      try {
        await untilReported(url);
        const [before, beganMs] = [harvester.processorMs(), performance.now()];
        await sleep(minutes * 60_000);
        const [after, tookMs] = [harvester.processorMs(), performance.now() - beganMs];
        const memory = harvester.memory();
        const share = (key: 'own' | 'programs'): number => ((after[key] - before[key]) / tookMs) * 100;
        const peak = memory?.peakMiB ?? NaN;
        return [
          {
            what: `processor over ${minutes} min, of one core`,
            nester: percent(share('own')),
            yardstick: `${percent(share('programs'))} (\`ping\`)`,
            ratio: NONE,
            aim: aim('under 1 %', share('own') < 1),
          },
          {
            what: 'resident memory at the end (highest until then)',
            nester: `${mebibytes(memory?.residentMiB ?? NaN)} (${mebibytes(peak)})`,
            yardstick: NONE,
            ratio: NONE,
            aim: aim('under 90 MiB', peak < 90),
          },
        ];
      } finally {
        await harvester.stop();
      }
    });
  },
};

async function untilReported(url: string): Promise<void> {
  const deadlineMs = performance.now() + FIRST_REPORT_MS;
  while ((await fetch(`${url}/api/nodes/bench`)).status !== 200) {
    if (performance.now() > deadlineMs) throw new Error(`the agent sent nothing within ${FIRST_REPORT_MS / 1000} s`);
    await sleep(100);
  }
}
