import type { StatusChange } from './rows.ts';

/** The newest changes of status, since the page was opened, and how many of them were not looked at. */
export interface ChangeLog {
  /** Newest first. */
  readonly changes: readonly StatusChange[];
  readonly unread: number;
  add(changes: readonly StatusChange[]): void;
  read(): void;
}

export const KEPT_CHANGES = 100;

export function createChangeLog(): ChangeLog {
  let changes: readonly StatusChange[] = [];
  let unread = 0;
  return {
    get changes() {
      return changes;
    },
    get unread() {
      return unread;
    },
    add(news) {
      if (news.length === 0) return;
      changes = [...news.slice(-KEPT_CHANGES).reverse(), ...changes].slice(0, KEPT_CHANGES);
      unread += news.length;
    },
    read() {
      unread = 0;
    },
  };
}
