import { aim, type BenchOptions, type Measurement, mebibytes, NONE, percent, type Row } from '../measurement.ts';
import { runLoad, startLoad } from '../processes.ts';
import { builtProgram } from '../programs.ts';
import { startNester, untilAtRest, withServer } from '../servers.ts';
import { median } from '../statistics.ts';

const SOCKETS = 1_000;
const FLEET = { agents: 10_000, everySeconds: 10 };

/** Bytes of heap and outside of it for each socket that is open. */
function socketBytes(path: '/ws' | '/ws/agent'): Promise<number> {
  return withServer(startNester, async (server) => {
    await untilAtRest(server);
    const before = await server.held();
    const load = await startLoad(builtProgram('load/idle'), { url: server.url, path, sockets: SOCKETS });
    await untilAtRest(server);
    const bytes = ((await server.held()) - before) / SOCKETS;
    await load.stop();
    // All of them are gone at once, which is the event loop's busiest moment.
    await untilAtRest(server);
    return bytes;
  });
}

interface FleetUse {
  residentMiB: number;
  processorPercent: number;
  unanswered: number;
}

/** Of the whole time: opening the sockets is in it. */
function fleetUse(seconds: number): Promise<FleetUse> {
  return withServer(startNester, async (server) => {
    const [startedMs, usedMs] = [performance.now(), server.processorMs()];
    const { sent, acknowledged } = (await runLoad(builtProgram('load/paced-agents'), { url: server.url, ...FLEET, seconds })) as { sent: number; acknowledged: number };
    const processorPercent = ((server.processorMs() - usedMs) / (performance.now() - startedMs)) * 100;
    return { residentMiB: server.memory()?.peakMiB ?? NaN, processorPercent, unanswered: sent - acknowledged };
  });
}

export const idle: Measurement = {
  name: 'idle',
  title: 'Many who are there',
  about: `${SOCKETS.toLocaleString('en')} open pages, or agents' sockets, that say nothing: heap and what is outside of it for each, after a collection. And ${FLEET.agents.toLocaleString('en')} agents that each send a report every ${FLEET.everySeconds} s: the highest resident memory, and the part of one core, from opening the first socket on.`,
  async run({ runs, seconds }: BenchOptions): Promise<Row[]> {
    const [pages, agents, fleets]: [number[], number[], FleetUse[]] = [[], [], []];
    for (let run = 0; run < runs; run++) {
      pages.push(await socketBytes('/ws'));
      agents.push(await socketBytes('/ws/agent'));
      // Long enough for each agent to have spoken three times.
      fleets.push(await fleetUse(Math.max(3 * FLEET.everySeconds, seconds)));
    }
    const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
    const row = { yardstick: NONE, ratio: NONE };
    const resident = median(fleets.map(({ residentMiB }) => residentMiB));
    const processor = median(fleets.map(({ processorPercent }) => processorPercent));
    const unanswered = Math.max(...fleets.map((fleet) => fleet.unanswered));
    return [
      { what: 'memory of an open page', nester: kibibytes(median(pages)), ...row, aim: aim('at most 12 KiB', median(pages) <= 12 * 1024) },
      { what: "memory of an agent's socket", nester: kibibytes(median(agents)), ...row, aim: aim('at most 12 KiB', median(agents) <= 12 * 1024) },
      { what: '10,000 agents: resident memory', nester: mebibytes(resident), ...row, aim: aim('under 400 MiB', resident < 400) },
      { what: '10,000 agents: processor, of one core', nester: percent(processor), ...row, aim: aim('under 60 %', processor < 60) },
      { what: '10,000 agents: reports not acknowledged, worst run', nester: String(unanswered), ...row, aim: aim('none', unanswered === 0) },
    ];
  },
};
