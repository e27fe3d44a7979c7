import type { Action, Grant } from './access.ts';

/** Somebody who can show who they are, and what that lets them do. */
export interface Holder extends Grant {
  /** As a refusal calls them: "This key". */
  readonly who: string;
  may(action: Action): boolean;
}
