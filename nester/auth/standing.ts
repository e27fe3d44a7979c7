import type { Grant } from './access.ts';

/**
 * Who was let in and stays: open sockets. What they were granted may end before they do, when a
 * key is revoked or a login is over; then they are told.
 */
export interface Standing {
  /** `ended` is called once, when the grant no longer stands. The returned function lets go: the socket has closed. */
  hold(grant: Grant, ended: () => void): () => void;
  /** Looks at everyone held. To be called whenever keys or logins changed, and now and then: logins end by themselves. */
  check(): void;
}

export function createStanding(): Standing {
  const held = new Set<{ grant: Grant; ended: () => void }>();
  return {
    hold(grant, ended) {
      const holding = { grant, ended };
      held.add(holding);
      return () => held.delete(holding);
    },
    check() {
      for (const holding of held) {
        if (holding.grant.stands()) continue;
        held.delete(holding);
        holding.ended();
      }
    },
  };
}
