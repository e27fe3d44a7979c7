import { describe, expect, it } from 'vitest';
import { createQuietLog, createTroubleLog } from '../../log.ts';
import { createManualClock, type ManualClock } from '../../manual-clock.ts';
import type { Reached, TcpConnect } from '../tcp-connect.ts';
import { createTcpPing, type Doors, type TcpPing, USUAL_DOORS } from './tcp-ping.ts';

const PLAN = { count: 4, spacingMs: 200, waitMs: 1_000 };
const UNKNOWN = { latency: null, loss: null, jitter: null };
const SURE: Doors = { ports: [5000], surely: true };

interface Rig {
  clock: ManualClock;
  problems: string[];
  /** What was tried, as `second:port`. */
  tried: string[];
  round(doors: Doors): ReturnType<TcpPing>;
}

/** A network where each attempt takes as long as its answer says, and silence as long as one waits. */
function aRig(answer: (port: number, attempt: number) => Reached): Rig {
  const clock = createManualClock();
  const log = createQuietLog();
  const tried: string[] = [];
  const connect: TcpConnect = (_address, port, deadlineMs) => {
    tried.push(`${clock.monotonic() / 1000}:${port}`);
    const reached = answer(port, tried.length);
    return new Promise((resolve) => clock.after(reached.kind === 'answered' ? reached.ms : deadlineMs, () => resolve(reached)));
  };
  const tcpPing = createTcpPing({ connect, plan: PLAN, clock, troubles: createTroubleLog(log) });
  return {
    clock,
    problems: log.problems,
    tried,
    async round(doors) {
      const quality = tcpPing('10.0.0.1', doors);
      await clock.advance(10_000);
      return quality;
    },
  };
}

const open = (ms: number): Reached => ({ kind: 'answered', open: true, ms });
const refusal = (ms: number): Reached => ({ kind: 'answered', open: false, ms });
const SILENT: Reached = { kind: 'silent' };

describe('ping by TCP', () => {
  it('sends the same round as ping, and takes median, loss and jitter from it', async () => {
    const answers = [open(10), open(20), SILENT, refusal(30)];
    const rig = aRig((_port, attempt) => answers[attempt - 1] ?? SILENT);

    expect(await rig.round(SURE)).toEqual({ latency: 20, loss: 25, jitter: 10 });

    expect(rig.tried).toEqual(['0:5000', '0.2:5000', '0.4:5000', '0.6:5000']);
  });

  it('takes a refusal for an answer', async () => {
    expect(await aRig(() => refusal(7)).round(SURE)).toEqual({ latency: 7, loss: 0, jitter: 0 });
  });

  it('tries the usual ports until one answers, then that one alone', async () => {
    const rig = aRig((port) => (port === 80 ? open(5) : SILENT));

    expect(await rig.round(USUAL_DOORS)).toEqual({ latency: 5, loss: 0, jitter: 0 });

    expect(rig.tried).toEqual(['0:443', '0:80', '0.2:80', '0.4:80', '0.6:80']);
  });

  it('calls silence a loss only of a host that is known to answer', async () => {
    expect(await aRig(() => SILENT).round(USUAL_DOORS)).toEqual(UNKNOWN);
    expect(await aRig(() => SILENT).round(SURE)).toEqual({ latency: null, loss: 100, jitter: null });
    let isThere = true;
    const rig = aRig(() => (isThere ? open(3) : SILENT));
    await rig.round(USUAL_DOORS);
    isThere = false;

    for (let round = 0; round < 3; round++) expect(await rig.round(USUAL_DOORS)).toEqual({ latency: null, loss: 100, jitter: null });

    // Behind the same name there may be another machine by now.
    expect(rig.tried.slice(-2).map((attempt) => attempt.split(':')[1])).toEqual(['443', '80']);
  });

  it('knows nothing where this machine cannot even try, and says so once', async () => {
    const rig = aRig(() => ({ kind: 'unsent', reason: 'connect EMFILE' }));

    expect(await rig.round(SURE)).toEqual(UNKNOWN);
    await rig.round(SURE);

    expect(rig.problems).toEqual(['not every TCP connection could be tried: connect EMFILE']);
  });
});
