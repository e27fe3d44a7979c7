import * as z from 'zod';
import { LIMITS } from './limits.ts';
import { METRIC_NAME } from './metric-name.ts';
import type { AgentInfo, Report, Target } from './report.ts';
import { formatTimestamp, isCanonicalTimestamp, LAST_MS } from './timestamp.ts';

/**
 * Takes a report that is plainly in order, four times as fast as its schema does: texts in
 * ASCII, times as a Harvester writes them, and no field but those named here. Of any other it
 * says nothing, and the schema decides, which alone knows what is allowed and what is wrong.
 *
 * So nothing here may accept what the schema would refuse or change. A test holds the two
 * against each other; a field that the schema has and this has not costs time and nothing else.
 */
export function plainReport(input: unknown): Report | undefined {
  if (!isObject(input)) return undefined;
  for (const field in input) if (!isPlain(field, input[field])) return undefined;
  const { node, timestamp, ip, devices, latency, loss, jitter, method, interval, metrics, targets, labels, agent } = input as Partial<Report>;
  if (node === undefined) return undefined;
  // In the schema's order, whatever the sender's was.
  const report: Report = { node };
  if (timestamp !== undefined) report.timestamp = asText(timestamp);
  if (ip !== undefined) report.ip = ip;
  if (devices !== undefined) report.devices = devices;
  if (latency !== undefined) report.latency = latency;
  if (loss !== undefined) report.loss = loss;
  if (jitter !== undefined) report.jitter = jitter;
  if (method !== undefined) report.method = method;
  if (interval !== undefined) report.interval = interval;
  if (metrics !== undefined) report.metrics = metrics;
  if (targets !== undefined) report.targets = targets.map(plainTarget);
  if (labels !== undefined) report.labels = labels;
  if (agent !== undefined) report.agent = plainAgent(agent);
  return report;
}

function isPlain(field: string, value: unknown): boolean {
  switch (field) {
    case 'node':
      return isName(value);
    case 'timestamp':
      return isTime(value);
    case 'ip':
      return value === null || (typeof value === 'string' && z.regexes.ipv4.test(value));
    case 'devices':
      return value === null || isCount(value);
    case 'latency':
    case 'jitter':
      return value === null || isBetween(value, 0, Number.MAX_VALUE);
    case 'loss':
      return value === null || isBetween(value, 0, 100);
    case 'method':
      return value === 'icmp' || value === 'tcp';
    case 'interval':
      return isBetween(value, LIMITS.intervalSeconds.min, LIMITS.intervalSeconds.max);
    case 'metrics':
      return isDictionary(value, LIMITS.metrics, METRIC_NAME, (metric) => isBetween(metric, -Number.MAX_VALUE, Number.MAX_VALUE));
    case 'labels':
      return isDictionary(value, LIMITS.labels, LABEL_NAME, (label) => isText(label, LIMITS.labelCharacters));
    case 'targets':
      return Array.isArray(value) && value.length <= LIMITS.targets && value.every(isTarget);
    case 'agent':
      return isAgent(value);
    default:
      return false;
  }
}

/** Neither end is a space, which the schema would trim. */
const NAME = new RegExp(`^[!-~](?:[ -~]{0,${LIMITS.nameCharacters - 2}}[!-~])?$`);
const LABEL_NAME = new RegExp(`^[ -~]{1,${LIMITS.labelCharacters}}$`);
const PRINTABLE = /^[ -~]*$/;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

function isText(value: unknown, limit: number, least = 0): boolean {
  return typeof value === 'string' && value.length >= least && value.length <= limit && PRINTABLE.test(value);
}

function isTime(value: unknown): boolean {
  if (typeof value === 'string') return isCanonicalTimestamp(value);
  return isCount(value) && value <= LAST_MS;
}

/** A time as it is kept. The type says text already; what came may be a number. */
function asText(time: string | number): string {
  return typeof time === 'string' ? time : formatTimestamp(time);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function isDictionary(value: unknown, limit: number, names: RegExp, isPlainValue: (value: unknown) => boolean): boolean {
  if (!isObject(value)) return false;
  let count = 0;
  for (const name in value) {
    if (++count > limit || name === '__proto__' || !names.test(name) || !isPlainValue(value[name])) return false;
  }
  return true;
}

function isTarget(value: unknown): value is Target {
  if (!isObject(value) || value['name'] === undefined) return false;
  for (const field in value) if (field === 'name' ? !isName(value[field]) : !isMeasured(field, value[field])) return false;
  return true;
}

function isMeasured(field: string, value: unknown): boolean {
  return (field === 'latency' || field === 'loss' || field === 'jitter' || field === 'method') && isPlain(field, value);
}

function plainTarget({ name, latency, loss, jitter, method }: Target): Target {
  const target: Target = { name };
  if (latency !== undefined) target.latency = latency;
  if (loss !== undefined) target.loss = loss;
  if (jitter !== undefined) target.jitter = jitter;
  if (method !== undefined) target.method = method;
  return target;
}

function isAgent(value: unknown): value is AgentInfo {
  if (!isObject(value) || value['version'] === undefined || value['mode'] === undefined) return false;
  for (const field in value) if (!isOfAgent(field, value[field])) return false;
  return true;
}

function isOfAgent(field: string, value: unknown): boolean {
  switch (field) {
    case 'version':
      return isText(value, 50, 1);
    case 'mode':
      return value === 'once' || value === 'agent';
    case 'os':
      return isText(value, 100);
    case 'hostname':
      return isText(value, 255);
    case 'boot':
      return isTime(value);
    case 'kept':
    case 'dropped':
      return isCount(value);
    default:
      return false;
  }
}

function plainAgent({ version, mode, os, hostname, boot, kept, dropped }: AgentInfo): AgentInfo {
  const agent: AgentInfo = { version, mode };
  if (os !== undefined) agent.os = os;
  if (hostname !== undefined) agent.hostname = hostname;
  if (boot !== undefined) agent.boot = asText(boot);
  if (kept !== undefined) agent.kept = kept;
  if (dropped !== undefined) agent.dropped = dropped;
  return agent;
}
