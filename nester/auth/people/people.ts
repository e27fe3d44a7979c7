import { randomBytes } from 'node:crypto';
import type { Action, Asker } from '../access.ts';
import type { Holder } from '../holder.ts';
import { digestOf } from '../presented-key.ts';
import { cookieOf } from './login-cookie.ts';
import { createLoginBrake } from './login-brake.ts';
import { decodePasswordHash, hashPassword, isPassword, type PasswordHash } from './password.ts';
import { type Role, ROLES, type Session, type SessionFile, type SessionRecord } from './session-file.ts';

/** A password as the operator gave it: itself, or its hash. */
export type Secret = { password: string } | { hash: PasswordHash };

/** How people log in; absent: nobody needs to. */
export interface PeopleConfig {
  admin: Secret;
  /** May read, and change nothing. */
  viewer: Secret | undefined;
  /** For programs that read (`NESTER_READ_KEY`). */
  readKey: string | undefined;
  /** How long a login lasts. */
  sessionMs: number;
}

/** `wait`: nothing was looked at; come back after so many seconds. */
export type LoginOutcome =
  | { kind: 'in'; token: string; role: Role }
  | { kind: 'wrong' }
  | { kind: 'wait'; seconds: number };

/**
 * Who is logged in. A login is 256 random bits in a cookie, kept as their SHA-256 with the hash
 * of the password that it was made with: it ends when its time is over, when its owner logs out,
 * and when that password is no longer the same.
 */
export interface People {
  /** Reads what is kept, and leaves out what other passwords made. Touches nothing. */
  open(): Promise<void>;
  /** The folder is ours: writes what stays. */
  start(): void;
  login(password: string, address: string): Promise<LoginOutcome>;
  /** Ends the login that a request carries, also for its open sockets. */
  logout(request: Asker): void;
  holderOf(request: Asker): Holder | undefined;
  /** Name of the cookie, other for each password: several Nesters may share a host name. */
  cookieName(): string;
  readonly sessionMs: number;
  /** Resolves when all that happened is on disk. */
  close(): Promise<void>;
}

export interface PeopleDeps {
  config: PeopleConfig;
  file: SessionFile;
  /** Epoch ms. */
  now: () => number;
  monotonicMs: () => number;
  say: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Logins ended. */
  onChange: () => void;
}

/** Logins at a time; the oldest goes first. */
const MOST_SESSIONS = 2_000;
/** Passwords that wait to be checked, one at a time: each takes a tenth of a second of a core, and 32 MiB. */
const MOST_CHECKS = 8;
const TOKEN_BYTES = 32;
/** Nobody's password is longer, and to hash much more would cost. */
export const MOST_PASSWORD_BYTES = 1_024;

export function createPeople({ config, file, now, monotonicMs, say, onChange }: PeopleDeps): People {
  const brake = createLoginBrake({ monotonicMs });
  const hashes = new Map<Role, PasswordHash>();
  const sessions = new Map<string, { session: Session; holder: Holder }>();
  let checks = 0;
  let checking: Promise<unknown> = Promise.resolve();
  let writing: Promise<void> = Promise.resolve();

  function keep(session: Session): void {
    const stands = (): boolean => sessions.get(session.sha256)?.session === session && session.expiresMs > now();
    sessions.set(session.sha256, { session, holder: { ...RIGHTS[session.role], mayWrite: () => false, stands } });
    for (const oldest of sessions.keys()) {
      if (sessions.size <= MOST_SESSIONS) break;
      sessions.delete(oldest);
    }
  }

  /** Resolves when it is on disk, or was said to be lost. */
  function write(): Promise<void> {
    const record: SessionRecord = {
      hashes: Object.fromEntries([...hashes].map(([role, { text }]) => [role, text])),
      sessions: [...sessions.values()].map(({ session }) => session).filter(({ expiresMs }) => expiresMs > now()),
    };
    return (writing = writing
      .then(() => file.write(record))
      .catch((error: unknown) => say('error', `${file.path} cannot be written, logins do not survive a restart: ${error instanceof Error ? error.message : String(error)}`)));
  }

  /** The hash that was kept if it is of the same password: then what was made with it stays. */
  async function settle(secret: Secret, keptText: string | undefined): Promise<{ hash: PasswordHash; isSame: boolean }> {
    if ('hash' in secret) return { hash: secret.hash, isSame: secret.hash.text === keptText };
    const kept = keptText === undefined ? undefined : decodePasswordHash(keptText);
    if (kept?.ok && (await isPassword(secret.password, kept.value))) return { hash: kept.value, isSame: true };
    return { hash: await hashPassword(secret.password), isSame: false };
  }

  async function readRecord(): Promise<SessionRecord> {
    const read = await file.read();
    if (read?.ok) return read.value;
    if (read) say('warn', `${file.path}: ${read.errors.map(({ path, message }) => `${path}: ${message}`).join('; ')}. Everybody logs in anew`);
    return { hashes: {}, sessions: [] };
  }

  /** One at a time, and not many wait: so that guesses cost those who make them more than Nester. */
  function inTurn<T>(check: () => Promise<T>): Promise<T> {
    checks++;
    const turn = checking.then(check).finally(() => checks--);
    checking = turn.catch(() => undefined);
    return turn;
  }

  async function roleOf(password: string): Promise<Role | undefined> {
    let found: Role | undefined;
    // All of them, whichever is right: the time tells nothing.
    for (const role of ROLES) {
      const hash = hashes.get(role);
      if (hash && (await isPassword(password, hash))) found ??= role;
    }
    return found;
  }

  return {
    sessionMs: config.sessionMs,
    cookieName: () => `nester-${digestOf(hashes.get('admin')?.text ?? '').slice(0, 8)}`,
    async open() {
      const record = await readRecord();
      for (const role of ROLES) {
        const secret = config[role];
        if (secret === undefined) continue;
        const { hash, isSame } = await settle(secret, record.hashes[role]);
        hashes.set(role, hash);
        for (const session of isSame ? record.sessions : []) if (session.role === role && session.expiresMs > now()) keep(session);
      }
    },
    start: () => void write(),
    async login(password, address) {
      const seconds = brake.waitSeconds(address);
      if (seconds > 0) return { kind: 'wait', seconds };
      if (checks >= MOST_CHECKS) return { kind: 'wait', seconds: 2 };
      return inTurn(async () => {
        // Others of this address may have failed while this one waited.
        const stillSeconds = brake.waitSeconds(address);
        if (stillSeconds > 0) return { kind: 'wait', seconds: stillSeconds };
        const role = Buffer.byteLength(password) > MOST_PASSWORD_BYTES ? undefined : await roleOf(password);
        if (role === undefined) {
          brake.failed(address);
          say('warn', `a login failed, from ${address}`);
          return { kind: 'wrong' };
        }
        brake.succeeded(address);
        const token = randomBytes(TOKEN_BYTES).toString('base64url');
        const createdMs = now();
        keep({ sha256: digestOf(token), role, createdMs, expiresMs: createdMs + config.sessionMs });
        // Whoever is in stays in, whatever happens to this process.
        await write();
        return { kind: 'in', token, role };
      });
    },
    logout(request) {
      const token = cookieOf(request, this.cookieName());
      if (token === undefined || !sessions.delete(digestOf(token))) return;
      void write();
      onChange();
    },
    holderOf(request) {
      const token = cookieOf(request, this.cookieName());
      const holder = token === undefined ? undefined : sessions.get(digestOf(token))?.holder;
      return holder?.stands() ? holder : undefined;
    },
    close: () => writing,
  };
}

const RIGHTS: Record<Role, Pick<Holder, 'holder' | 'who' | 'may'>> = {
  admin: { holder: 'admin', who: 'An admin', may: among('public', 'read', 'forget', 'measure', 'manage keys') },
  viewer: { holder: 'viewer', who: 'A viewer', may: among('public', 'read') },
};

/** Whoever has `NESTER_READ_KEY`. */
export const READER: Holder = {
  holder: 'read key',
  who: 'This key',
  may: among('public', 'read'),
  mayWrite: () => false,
  stands: () => true,
};

function among(...actions: Action[]): (action: Action) => boolean {
  return (action) => actions.includes(action);
}
