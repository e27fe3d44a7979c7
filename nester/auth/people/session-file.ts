import path from 'node:path';
import { type Decoded, refused } from '../../../protocol/decoded.ts';
import { decodeJson } from '../../../protocol/json.ts';
import { createDurableReplacement, removeLeftovers } from '../../store/durable-replace.ts';
import type { FilePort } from '../../store/file-port.ts';
import { readSmallFile } from '../../store/small-file.ts';

export const ROLES = ['admin', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** A login, as it is kept: never what the browser has. */
export interface Session {
  /** SHA-256 of the browser's token, hex. */
  sha256: string;
  role: Role;
  /** Epoch ms. */
  createdMs: number;
  expiresMs: number;
}

/** What sessions.json holds: the logins, and the hashes of the passwords that they were made with. */
export interface SessionRecord {
  hashes: Partial<Record<Role, string>>;
  sessions: Session[];
}

/**
 * sessions.json, in the data folder: mode 0600, replaced as a whole, safe from a power cut. It
 * holds nothing that could not be lost: a file that cannot be read means that people log in anew.
 */
export interface SessionFile {
  readonly path: string;
  /** `undefined`: there is none. */
  read(): Promise<Decoded<SessionRecord> | undefined>;
  write(record: SessionRecord): Promise<void>;
}

const NAME = 'sessions.json';
const FORMAT = 1;
const LIMIT_BYTES = 4 * 1024 * 1024;

export function createSessionFile({ files, folder }: { files: FilePort; folder: string }): SessionFile {
  const file = path.join(folder, NAME);
  return {
    path: file,
    async read() {
      try {
        const text = await readSmallFile(files, file, LIMIT_BYTES);
        return text === undefined ? undefined : decodeRecord(text);
      } catch (error) {
        return refused(error instanceof Error ? error.message : String(error));
      }
    },
    async write({ hashes, sessions }) {
      await files.makeFolder(folder);
      await removeLeftovers(files, folder, (name) => name === NAME);
      const replacement = createDurableReplacement(files, file);
      await replacement.write(Buffer.from(`${JSON.stringify({ format: FORMAT, hashes, sessions }, null, 1)}\n`));
      await replacement.commit();
    },
  };
}

function decodeRecord(text: string): Decoded<SessionRecord> {
  const json = decodeJson(text);
  if (!json.ok) return json;
  const { format, hashes, sessions } = (json.value ?? {}) as Record<string, unknown>;
  if (format !== FORMAT) return refused(`expected format ${FORMAT}`, 'format');
  if (typeof hashes !== 'object' || hashes === null) return refused('expected an object', 'hashes');
  if (!Array.isArray(sessions)) return refused('expected a list', 'sessions');
  const wrong = sessions.findIndex((session) => !isSession(session));
  if (wrong !== -1) return refused('expected sha256, role, createdMs and expiresMs', `sessions[${wrong}]`);
  const known = ROLES.flatMap((role): [Role, string][] => {
    const hash = (hashes as Record<string, unknown>)[role];
    return typeof hash === 'string' ? [[role, hash]] : [];
  });
  return { ok: true, value: { hashes: Object.fromEntries(known), sessions: sessions as Session[] } };
}

function isSession(value: unknown): value is Session {
  const { sha256, role, createdMs, expiresMs } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof sha256 === 'string' &&
    /^[\da-f]{64}$/.test(sha256) &&
    (ROLES as readonly unknown[]).includes(role) &&
    Number.isSafeInteger(createdMs) &&
    Number.isSafeInteger(expiresMs)
  );
}
