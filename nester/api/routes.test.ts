import express, { type Express } from 'express';
import { describe, expect, it } from 'vitest';
import { type Authorise, type Action, ACTIONS } from '../auth/access.ts';
import { createGates } from '../auth/gates.ts';
import { createRoutes } from './routes.ts';

const nobody: Authorise = () => ({ ok: false, refusal: { status: 401, detail: 'no' } });

function createTestRoutes(): { app: Express; routes: ReturnType<typeof createRoutes>; asked: () => [string, Action][] } {
  const app = express();
  const gates = createGates(nobody);
  return { app, routes: createRoutes(app, gates), asked: () => gates.all().map(({ name, asks }) => [name, asks]) };
}

describe('a route', () => {
  it('is there with what it asks', () => {
    const { routes, asked } = createTestRoutes();

    routes.add('/a', { GET: { asks: 'read', answer: () => undefined }, DELETE: { asks: 'forget', answer: () => undefined } });
    routes.check();

    expect(asked()).toEqual([['GET /a', 'read'], ['DELETE /a', 'forget']]);
  });

  it('that does not say what it asks does not start', () => {
    const { routes } = createTestRoutes();
    const silent = { answer: () => undefined } as unknown as { asks: Action; answer: () => void };

    expect(() => routes.add('/a', { GET: silent })).toThrow('BUG: GET /a does not say what it asks');
  });

  it('that went around the registration does not start, nor does a handler of all paths', () => {
    const first = createTestRoutes();
    first.app.get('/secret', () => undefined);
    const second = createTestRoutes();
    second.app.use(function sneaky() {
      // Would answer.
    });

    expect(() => first.routes.check()).toThrow('BUG: /secret was registered without saying what it asks');
    expect(() => second.routes.check()).toThrow('BUG: sneaky was registered without saying what it asks');
  });
});

describe('what may be asked', () => {
  it('is a short list', () => {
    expect(ACTIONS).toEqual(['public', 'read', 'write', 'forget', 'measure', 'manage keys']);
  });
});
