import { ACTIONS, type Action, type Asker, type Authorise, type Verdict } from './access.ts';

/** The way to one route, door or socket: whoever wants to pass is asked for the right to. */
export interface Gate {
  /** Method and path, such as `GET /api/nodes` or `WS /ws`. */
  readonly name: string;
  readonly asks: Action;
  ask: (request: Asker) => Verdict;
}

/**
 * Where every route, door and socket of Nester is registered, with what it asks. There is no
 * other way to get at a `Gate`, and nothing is served without one: what does not say what it
 * asks does not start.
 */
export interface Gates {
  /** Throws (`BUG: `) when it is not said what is asked, or the name is taken. */
  open(name: string, asks: Action): Gate;
  all(): readonly Gate[];
}

export function createGates(authorise: Authorise): Gates {
  const gates = new Map<string, Gate>();
  return {
    open(name, asks) {
      // The type says so already; whoever went around it is stopped here.
      if (!(ACTIONS as readonly unknown[]).includes(asks)) throw new Error(`BUG: ${name} does not say what it asks`);
      if (gates.has(name)) throw new Error(`BUG: ${name} is registered twice`);
      const gate: Gate = { name, asks, ask: (request) => authorise(request, asks) };
      gates.set(name, gate);
      return gate;
    },
    all: () => [...gates.values()],
  };
}
