import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { findPython } from '../tools.mjs';
import type { Machine } from './network.ts';

export interface Slowness {
  delayMs: number;
  /** How far from it a packet's own delay is at most, all equally likely. */
  jitterMs: number;
  lossPercent: number;
}

const DETOUR = fileURLToPath(new URL('detour.py', import.meta.url));

/** That, and nothing else, is what kernels say that have no netem. */
const NO_NETEM = /qdisc kind is unknown|RTNETLINK answers: No such file/;

/**
 * From now on, what the router `machine` takes in at `from` and sends out at `to` comes later, and
 * some of it not at all; the other direction is as it was. By the kernel's netem; where the kernel
 * is built without it, by a detour of the same packets through a program that does the same.
 * Ends with the machine.
 */
export async function slowDown(machine: Machine, from: string, to: string, slowness: Slowness): Promise<void> {
  const { delayMs, jitterMs, lossPercent } = slowness;
  try {
    machine.run('tc', 'qdisc', 'add', 'dev', to, 'root', 'netem', 'delay', `${delayMs}ms`, `${jitterMs}ms`, 'loss', `${lossPercent}%`);
  } catch (error) {
    if (!(error instanceof Error && NO_NETEM.test(error.message))) throw error;
    await layDetour(machine, from, slowness);
  }
}

async function layDetour(machine: Machine, from: string, { delayMs, jitterMs, lossPercent }: Slowness): Promise<void> {
  machine.ip('tuntap', 'add', 'dev', 'detour', 'mode', 'tun');
  machine.ip('link', 'set', 'detour', 'up');
  // What comes back from there has not the source that this interface would be expected to have.
  machine.run('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.detour.rp_filter=0');
  const [enter = '', ...rest] = machine.under;
  const program = [findPython() ?? 'python3', '-I', DETOUR, 'detour', String(delayMs), String(jitterMs), String(lossPercent)];
  const child = spawn(enter, [...rest, ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'close')])) as [unknown];
  if (String(said) !== 'ready\n') throw new Error(`${DETOUR} did not start`);
  machine.ip('route', 'add', 'default', 'dev', 'detour', 'table', '100');
  machine.ip('rule', 'add', 'iif', from, 'lookup', '100');
}
