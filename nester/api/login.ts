import type { Request, Response } from 'express';
import type { Asker } from '../auth/access.ts';
import { setCookie } from '../auth/people/login-cookie.ts';
import type { LoginOutcome, People } from '../auth/people/people.ts';
import { type AddressRules, isSecure } from '../http/asked-address.ts';
import { readBody } from '../http/body.ts';
import { clientAddress } from '../http/client-address.ts';
import { sendProblem } from '../http/problem.ts';
import { decodeJson } from '../../protocol/json.ts';
import { decodeReturn, type LoginTrouble, sendLoginPage } from './login-page.ts';

export interface LoginDeps extends AddressRules {
  people: People;
}

/** A password, and where to go afterwards. */
const LIMIT_BYTES = 8 * 1024;

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Logging in and out: by a form, which is led on, or with JSON, which is answered. */
export function createLoginHandlers({ people, ...rules }: LoginDeps) {
  function giveCookie(request: Request, response: Response, value: string, maxAgeMs: number): void {
    response.append('Set-Cookie', setCookie({ name: people.cookieName(), value, maxAgeMs, path: `${rules.basePath}/`, isSecure: isSecure(request, rules) }));
  }

  function page(request: Request, response: Response): void {
    if (people.holderOf(request)) response.redirect(303, './');
    else sendLoginPage(response, { request, status: 200, to: '/' });
  }

  function login(request: Request, response: Response): Promise<void> {
    const isForm = request.is(FORM_TYPE) !== false;
    if (!isForm && request.is('application/json') === false) {
      sendProblem(response, { status: 415, detail: `expected ${FORM_TYPE} or application/json` });
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      readBody(request, response, LIMIT_BYTES, (body) => {
        if (body.kind !== 'whole') {
          if (body.kind === 'large') sendProblem(response, { status: 413, detail: `The body may have at most ${LIMIT_BYTES} bytes.`, headers: { Connection: 'close' } });
          resolve();
          return;
        }
        const { password, to } = isForm ? decodeForm(body.bytes) : decodeLogin(body.bytes);
        people
          .login(password, clientAddress(request, rules.trust))
          .then((outcome) => answer(request, response, outcome, isForm ? to : undefined))
          .then(resolve, reject);
      });
    });
  }

  /** `to` absent: with JSON. */
  function answer(request: Request, response: Response, outcome: LoginOutcome, to: string | undefined): void {
    response.setHeader('Cache-Control', 'no-store');
    if (outcome.kind === 'in') {
      giveCookie(request, response, outcome.token, people.sessionMs);
      if (to === undefined) response.json({ role: outcome.role });
      else response.redirect(303, `.${to}`);
    } else if (to === undefined) {
      sendProblem(response, refusalOf(outcome));
    } else {
      sendLoginPage(response, { request, status: outcome.kind === 'wrong' ? 401 : 429, to, trouble: outcome });
    }
  }

  function logout(request: Request, response: Response): void {
    people.logout(request);
    giveCookie(request, response, '', 0);
    response.setHeader('Cache-Control', 'no-store');
    // The files of the page are nobody's secret, but what it keeps is.
    if (isSecure(request, rules)) response.setHeader('Clear-Site-Data', '"cache"');
    response.redirect(303, './');
  }

  return { page, login, logout };
}

function refusalOf(trouble: LoginTrouble) {
  if (trouble.kind === 'wrong') return { status: 401, detail: 'This is not the password.' };
  return { status: 429, detail: `Too many tries. Go on in ${trouble.seconds} s.`, headers: { 'Retry-After': String(trouble.seconds) } };
}

function decodeForm(bytes: Buffer): { password: string; to: string } {
  const fields = new URLSearchParams(bytes.toString('utf8'));
  return { password: fields.get('password') ?? '', to: decodeReturn(fields.get('to') ?? undefined) };
}

function decodeLogin(bytes: Buffer): { password: string; to: string } {
  const json = decodeJson(bytes.toString('utf8'));
  const password = json.ok && typeof json.value === 'object' && json.value !== null && 'password' in json.value ? json.value.password : '';
  return { password: typeof password === 'string' ? password : '', to: '/' };
}

export interface SessionDeps {
  people: People | undefined;
  /** Whether a report without a key would be refused. */
  reportsNeedKey: () => boolean;
}

/** `GET /api/session`: who is asking, so that the page knows what it may offer. */
export function createSessionHandler({ people, reportsNeedKey }: SessionDeps) {
  return (request: Asker, response: Response): void => {
    response.setHeader('Cache-Control', 'no-store');
    const holder = people?.holderOf(request);
    response.json({ role: holder?.holder ?? 'anyone', login: holder !== undefined, reportsNeedKey: reportsNeedKey() });
  };
}
