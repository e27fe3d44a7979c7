import type { Holder } from '../holder.ts';
import { KeysUnusableError, type KeyFile } from './key-file.ts';
import { anyOf, createNodePattern } from './node-pattern.ts';
import { makeSiteKey, type SiteKey } from './site-key.ts';

/**
 * The keys of the sites, as keys.json has them now.
 *
 * A running Nester looks at the file four times a second, so a key is good, or no longer, within
 * a second of its change, whoever made it. A file that is broken, cannot be read or is gone is an
 * accident: the keys read last stay, and it is said what is wrong. (Nobody can tell from a broken
 * file which keys were meant to go; to refuse all of them would turn a slip of the hand into the
 * silence of every site. `nester keys revoke` cannot break it.) At the start there is nothing to
 * fall back on, so Nester does not start.
 */
export interface SiteKeys {
  /** Reads the file. Rejects with {@link KeysUnusableError}. */
  open(): Promise<void>;
  /** Reads it again if it is another. Never rejects. */
  look(): Promise<void>;
  /** Whether keys were ever made here, also if all are revoked: then reports need one. */
  exist(): boolean;
  /** Who holds the key with this digest. */
  find(digest: string): Holder | undefined;
  all(): readonly SiteKey[];
  /** `undefined`: there is a key of this name already. Resolves once it is on disk, and good. */
  add(name: string, nodes: readonly string[]): Promise<{ key: string; kept: SiteKey } | undefined>;
  /** Resolves to whether there was such a key; then it is good no more, also after a power cut. */
  revoke(name: string): Promise<boolean>;
}

export interface SiteKeysDeps {
  file: KeyFile;
  /** Epoch ms. */
  now: () => number;
  say: (level: 'info' | 'error', message: string) => void;
  /** Keys are others than before. */
  onChange: () => void;
}

interface Entry {
  kept: SiteKey;
  holder: Holder;
}

export function createSiteKeys({ file, now, say, onChange }: SiteKeysDeps): SiteKeys {
  let entries: ReadonlyMap<string, Entry> | undefined;
  /** Tells the file that was read last from any other; empty: there was none. */
  let seen = '';
  let complaint = '';
  let looking: Promise<void> | undefined;

  function take(keys: readonly SiteKey[]): void {
    entries = new Map(keys.map((kept) => [kept.sha256, entryOf(kept)]));
    onChange();
  }

  function entryOf(kept: SiteKey): Entry {
    const mayWrite = anyOf(kept.nodes.map(createNodePattern));
    // Asked of the list of the moment: the key may be gone since, or be bound to other nodes.
    const current = (): Holder | undefined => entries?.get(kept.sha256)?.holder;
    const holder: Holder = {
      holder: `key ${kept.name}`,
      who: 'This key',
      may: (action) => action === 'write',
      mayWrite: (node) => (current() === holder ? mayWrite(node) : (current()?.mayWrite(node) ?? false)),
      stands: () => current() !== undefined,
    };
    return { kept, holder };
  }

  /** Resolves to whether the file was another. */
  async function readAnew(): Promise<boolean> {
    const facts = await file.facts();
    const found = facts === undefined ? '' : `${facts.inode}/${facts.size}/${facts.modifiedMs}`;
    if (found === seen) return false;
    const keys = await file.read();
    if (keys !== undefined) take(keys);
    else if (entries !== undefined) throw new KeysUnusableError(`${file.path} is gone`);
    seen = found;
    return true;
  }

  async function lookNow(): Promise<void> {
    try {
      if (await readAnew()) say('info', `${file.path}: ${entries?.size ?? 0} keys`);
      complaint = '';
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Said once, not four times a second.
      if (reason !== complaint) say('error', `${reason}. Until that is mended, the keys read before stay good, and no other is`);
      complaint = reason;
    }
  }

  async function change(edit: (keys: readonly SiteKey[]) => readonly SiteKey[] | undefined): Promise<boolean> {
    let after: readonly SiteKey[] | undefined;
    const changed = await file.change((keys) => (after = edit(keys)));
    if (after !== undefined) take(after);
    return changed;
  }

  return {
    async open() {
      await readAnew();
    },
    look: () => (looking ??= lookNow().finally(() => (looking = undefined))),
    exist: () => entries !== undefined,
    find: (digest) => entries?.get(digest)?.holder,
    all: () => [...(entries?.values() ?? [])].map(({ kept }) => kept),
    async add(name, nodes) {
      const made = makeSiteKey(name, nodes, now());
      const isFree = await change((keys) => (keys.some((key) => key.name === name) ? undefined : [...keys, made.kept]));
      return isFree ? made : undefined;
    },
    revoke: (name) => change((keys) => (keys.some((key) => key.name === name) ? keys.filter((key) => key.name !== name) : undefined)),
  };
}
