import type { NodeState } from '../../protocol/node-state.ts';
import type { AgentInfo } from '../../protocol/report.ts';
import { createByteWriter } from './byte-writer.ts';
import { createFieldPlaces, FIELD, type Field } from './field-places.ts';
import { lengthOfArray, numberIn, textIn } from './json-bytes.ts';

/** Writes states of nodes, as a JSON array. What a report said goes into them as the bytes it is. */
export interface StateWriter {
  /** Turns to another report. */
  look(json: Uint8Array): void;
  /** Seconds to the next report; `undefined`: the report looked at does not say it. */
  intervalSeconds(): number | undefined;
  /** Who measured, when the report looked at says that the site is paused, or was. */
  pausedAgent(): AgentInfo | undefined;
  /** Writes the state that the report looked at makes. */
  write(made: Made): void;
  /** Writes the end of the array. */
  end(): void;
  /** Hands over what was written since it was called last. */
  take(): Buffer;
}

/** What the fleet makes of a report. */
export type Made = Pick<NodeState, 'status' | 'since' | 'interval' | 'nextDue' | 'connected'>;

interface Member {
  /** What stands before the value. */
  before: Buffer;
  field: Field;
  /** The value where the report has none. */
  otherwise: Buffer;
}

const member = (name: keyof typeof FIELD, otherwise: string): Member => ({ before: Buffer.from(`,"${name}":`), field: FIELD[name], otherwise: Buffer.from(otherwise) });

/** In the order of a state. */
const NODE = Buffer.from('{"node":');
const STATUS = { online: Buffer.from(',"status":"online"'), late: Buffer.from(',"status":"late"'), offline: Buffer.from(',"status":"offline"'), paused: Buffer.from(',"status":"paused"') };
const SINCE = Buffer.from(',"since":');
const IP = member('ip', 'null');
const DEVICES = member('devices', 'null');
const MEASURED = [member('latency', 'null'), member('loss', 'null'), member('jitter', 'null'), member('metrics', '{}'), member('targets', '[]')];
const ABOUT = [member('labels', '{}'), member('agent', 'null'), member('timestamp', '""'), member('receivedAt', '0')];
const INTERVAL = Buffer.from(',"interval":');
const NEXT_DUE = Buffer.from(',"nextDue":');
const CONNECTED = { true: Buffer.from(',"connected":true}'), false: Buffer.from(',"connected":false}') };
const OPEN = Buffer.from('[');
const NEXT = Buffer.from(',');
const CLOSE = Buffer.from(']');
const EMPTY = Buffer.from('[]');

const PAUSED = '"pausedUntil":';

/** `sizeBytes`: how much is expected to be written before it is taken. */
export function createStateWriter(sizeBytes: number): StateWriter {
  const places = createFieldPlaces();
  const out = createByteWriter(sizeBytes);
  let json: Uint8Array = Buffer.alloc(0);
  let isFirst = true;

  function put({ before, field, otherwise }: Member): void {
    out.bytes(before);
    const from = places.from(field);
    if (from === 0) out.bytes(otherwise);
    else out.bytes(json, from, places.to(field));
  }

  /** As the report says, else as many as it lists. */
  function putDevices(): void {
    const hosts = places.from(FIELD.hosts);
    if (places.from(FIELD.devices) !== 0 || hosts === 0) {
      put(DEVICES);
      return;
    }
    out.bytes(DEVICES.before);
    out.number(lengthOfArray(json, hosts));
  }

  return {
    look(report) {
      json = report;
      places.look(report);
      if (places.from(FIELD.node) === 0) throw new Error('BUG: the log holds a report without a node');
    },
    intervalSeconds() {
      const from = places.from(FIELD.interval);
      return from === 0 ? undefined : numberIn(json, from, places.to(FIELD.interval));
    },
    pausedAgent() {
      const from = places.from(FIELD.agent);
      if (from === 0) return undefined;
      const text = textIn(json, from, places.to(FIELD.agent));
      return text.includes(PAUSED) ? (JSON.parse(text) as AgentInfo) : undefined;
    },
    write({ status, since, interval, nextDue, connected }) {
      out.bytes(isFirst ? OPEN : NEXT);
      isFirst = false;
      out.bytes(NODE);
      out.bytes(json, places.from(FIELD.node), places.to(FIELD.node));
      out.bytes(STATUS[status]);
      out.bytes(SINCE);
      out.number(since);
      put(IP);
      putDevices();
      for (const each of MEASURED) put(each);
      for (const each of ABOUT) put(each);
      out.bytes(INTERVAL);
      out.number(interval);
      out.bytes(NEXT_DUE);
      out.number(nextDue);
      out.bytes(connected ? CONNECTED.true : CONNECTED.false);
    },
    end: () => out.bytes(isFirst ? EMPTY : CLOSE),
    take: () => out.take(),
  };
}
