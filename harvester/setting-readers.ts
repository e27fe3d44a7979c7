import { type Decoded, refused } from '../protocol/decoded.ts';
import { LIMITS } from '../protocol/limits.ts';
import { readDuration, readInteger, readList } from '../protocol/settings.ts';
import { parseHost } from './collect/host.ts';
import type { NamedHost } from './collect/line/line.ts';
import { decodeSubnet, type Subnet } from './collect/lan/subnet.ts';
import { decodeNesterAddress, type NesterAddress } from './deliver/nester-address.ts';

/**
 * How the texts of settings are read. Nothing here reaches a program, a header or a report that
 * has not passed the grammar of what it is said to be.
 */

/** A host name as the name of a node: no control characters, not too long. */
export function cleanName(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cs}]/gu, '').trim();
  return Array.from(clean).slice(0, LIMITS.nameCharacters).join('').trim();
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);

/** Addresses of Nesters, separated by commas. */
export function readNesters(text: string): Decoded<NesterAddress[]> {
  return eachOf(text, decodeNesterAddress);
}

/** A key that can travel as a header. */
export function readKey(text: string): Decoded<string> {
  // What it is must not be shown.
  return /^[\x21-\x7e]{1,1000}$/.test(text) ? { ok: true, value: text } : refused('expected printable ASCII characters without spaces');
}

/** A name as a report may hold it. */
export function readName(text: string): Decoded<string> {
  const name = text.trim();
  if (cleanName(name) === name && name !== '') return { ok: true, value: name };
  return refused(`expected 1 to ${LIMITS.nameCharacters} characters, none of them control characters, got ${shown(name)}`);
}

/** Seconds as digits, or a duration such as `90s` or `5m`. */
export function readSeconds(least: number, most: number) {
  const digits = readInteger(least, most);
  return (text: string): Decoded<number> => {
    const duration = readDuration(text);
    return digits(duration.ok ? String(duration.value / 1000) : text);
  };
}

/** A host to ping. */
export function readHost(text: string): Decoded<string> {
  const host = parseHost(text);
  return host === undefined ? refused(`expected a host name or an IP address, got ${shown(text)}`) : { ok: true, value: host };
}

/** `name=host` pairs, separated by commas. */
export function readTargets(text: string): Decoded<NamedHost[]> {
  const targets = eachOf(text, (part): Decoded<NamedHost> => {
    const equals = part.indexOf('=');
    if (equals === -1) return refused(`expected name=host, got ${shown(part)}`);
    const name = readName(part.slice(0, equals));
    const host = readHost(part.slice(equals + 1).trim());
    if (name.ok && host.ok) return { ok: true, value: { name: name.value, host: host.value } };
    return { ok: false, errors: [name, host].flatMap((read) => (read.ok ? [] : read.errors)) };
  });
  if (!targets.ok) return targets;
  if (targets.value.length > LIMITS.targets) return refused(`expected at most ${LIMITS.targets} targets, got ${targets.value.length}`);
  const twice = firstRepeated(targets.value.map(({ name }) => name));
  return twice === undefined ? targets : refused(`the name ${shown(twice)} is given twice`);
}

/** What is to be scanned. */
export function readScan(text: string): Decoded<'auto' | 'off' | Subnet> {
  if (text === 'auto' || text === 'off') return { ok: true, value: text };
  const subnet = decodeSubnet(text);
  if (subnet.ok) return subnet;
  return refused(`expected auto, off or a network; ${subnet.errors[0]?.message ?? ''}`);
}

/** TCP ports, separated by commas. */
export function readPorts(text: string): Decoded<number[]> {
  const ports = eachOf(text, readInteger(1, 65_535));
  if (!ports.ok) return ports;
  const some = [...new Set(ports.value)];
  return some.length <= LIMITS.portsPerHost ? { ok: true, value: some } : refused(`expected at most ${LIMITS.portsPerHost} ports, got ${some.length}`);
}

/** `key=value` pairs, separated by commas. */
export function readLabels(text: string): Decoded<Record<string, string>> {
  const labels = eachOf(text, (part): Decoded<[string, string]> => {
    const equals = part.indexOf('=');
    const [key, value] = [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    if (equals < 1 || key === '') return refused(`expected key=value, got ${shown(part)}`);
    const tooLong = [key, value].some((word) => Array.from(word).length > LIMITS.labelCharacters);
    if (tooLong) return refused(`expected at most ${LIMITS.labelCharacters} characters each, got ${shown(part)}`);
    if (/[\p{Cc}\p{Cs}]/u.test(part)) return refused(`expected no control characters, got ${shown(part)}`);
    return { ok: true, value: [key, value] };
  });
  if (!labels.ok) return labels;
  if (labels.value.length > LIMITS.labels) return refused(`expected at most ${LIMITS.labels} labels, got ${labels.value.length}`);
  const twice = firstRepeated(labels.value.map(([key]) => key));
  return twice === undefined ? { ok: true, value: Object.fromEntries(labels.value) } : refused(`the label ${shown(twice)} is given twice`);
}

/** Reads each part of a list; all that is wrong is reported. */
function eachOf<T>(text: string, read: (part: string) => Decoded<T>): Decoded<T[]> {
  const parts = readList(text);
  if (!parts.ok) return parts;
  const values: T[] = [];
  const errors = parts.value.flatMap((part) => {
    const decoded = read(part);
    if (!decoded.ok) return decoded.errors;
    values.push(decoded.value);
    return [];
  });
  return errors.length > 0 ? { ok: false, errors } : { ok: true, value: values };
}

function firstRepeated(words: readonly string[]): string | undefined {
  return words.find((word, at) => words.indexOf(word) !== at);
}
