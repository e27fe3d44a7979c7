import type { Express, RequestHandler } from 'express';
import type { Action } from '../auth/access.ts';
import type { Gate, Gates } from '../auth/gates.ts';
import { sendProblem } from '../http/problem.ts';

/** What answers a method of a path, and what it asks of whoever comes. */
export interface Route<Parameters> {
  asks: Action;
  answer: RequestHandler<Parameters>;
}

export type Method = 'GET' | 'POST' | 'DELETE';

/** The routes of the Express app. The only way to add one, since each must say what it asks. */
export interface Routes {
  /**
   * What a path answers. Any other method gets 405; `elsewhere` names methods that are answered
   * in front of Express. `GET` answers `HEAD`, too.
   */
  add<Parameters = Record<string, never>>(path: string, methods: Partial<Record<Method, Route<Parameters>>>, elsewhere?: readonly Method[]): void;
  /** The same for whatever method, where there is nothing to be had. */
  addRefusal(path: string, answer: RequestHandler): void;
  /** What comes before and after the routes, and is no route. It has no answer of its own but to what nobody may know. */
  use(handler: RequestHandler): void;
  /** Throws (`BUG: `) if the app has a route that did not come through here. */
  check(): void;
}

export function createRoutes(app: Express, gates: Gates): Routes {
  const known = new Set<unknown>();

  function routeOf(path: string) {
    const route = app.route(path);
    known.add(route);
    return route;
  }

  return {
    add(path, methods, elsewhere = []) {
      const route = routeOf(path);
      const allowed: string[] = [];
      for (const [method, { asks, answer }] of Object.entries(methods)) {
        // The path says which parameters there are, and a type that is read from a text cannot.
        const guarded = guard(gates.open(`${method} ${path}`, asks), answer as unknown as RequestHandler);
        if (method === 'GET') route.get(guarded);
        else if (method === 'POST') route.post(guarded);
        else route.delete(guarded);
        allowed.push(...(method === 'GET' ? ['GET', 'HEAD'] : [method]));
      }
      route.all(onlyWith([...allowed, ...elsewhere].join(', ')));
    },
    addRefusal(path, answer) {
      const guarded = guard(gates.open(`ANY ${path}`, 'public'), answer);
      routeOf(path).all(guarded);
    },
    use(handler) {
      known.add(handler);
      app.use(handler);
    },
    check() {
      for (const { route, handle } of app.router.stack) {
        if (!known.has(route ?? handle)) throw new Error(`BUG: ${route?.path ?? handle.name} was registered without saying what it asks`);
      }
    },
  };
}

/** Nobody gets to `answer` without a grant. */
function guard(gate: Gate, answer: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const verdict = gate.ask(request);
    if (verdict.ok) return answer(request, response, next);
    sendProblem(response, verdict.refusal);
    return undefined;
  };
}

function onlyWith(methods: string): RequestHandler {
  return (_request, response) => {
    sendProblem(response, { status: 405, detail: `Here are only ${methods}.`, headers: { Allow: methods } });
  };
}
