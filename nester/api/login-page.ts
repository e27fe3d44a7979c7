import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { API_HEADERS } from '../http/security-headers.ts';

/** Why somebody is asked once more. */
export type LoginTrouble = { kind: 'wrong' } | { kind: 'wait'; seconds: number };

/**
 * The page at which people log in: a form without any script, so that it works while nothing
 * else of the page may be had. It stands in place of whatever was asked for, and leads back there.
 */
export interface LoginPageOptions {
  request: Pick<IncomingMessage, 'headers' | 'url'>;
  status: 200 | 401 | 429;
  /** Where to go afterwards, as from `decodeReturn`. Default: where the request was for. */
  to?: string;
  trouble?: LoginTrouble;
}

export function sendLoginPage(response: ServerResponse, { request, status, trouble, ...options }: LoginPageOptions): void {
  const to = options.to ?? decodeReturn(request.url);
  const body = loginPage({ language: languageOf(request.headers['accept-language']), root: rootOf(request.url), to, trouble });
  response.writeHead(status, {
    ...LOGIN_HEADERS,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    ...(trouble?.kind === 'wait' ? { 'Retry-After': String(trouble.seconds) } : {}),
  });
  response.end(body);
}

/** A place of the page, relative to its root: the fleet or a node, with what was chosen there. Anything else is the fleet. */
export function decodeReturn(text: string | undefined): string {
  return text !== undefined && text.length <= 2_000 && /^\/(nodes\/(?:[\w.~!$&'()*+,;=:@-]|%[\da-f]{2})+)?(\?[\x21-\x7e]*)?$/i.test(text) ? text : '/';
}

interface LoginText {
  title: string;
  password: string;
  submit: string;
  wrong: string;
  wait: (seconds: number) => string;
}

const TEXTS: Record<'en' | 'fr', LoginText> = {
  en: {
    title: 'Log in',
    password: 'Password',
    submit: 'Log in',
    wrong: 'This is not the password.',
    wait: (seconds) => `Too many tries. Go on in ${seconds} s.`,
  },
  fr: {
    title: 'Connexion',
    password: 'Mot de passe',
    submit: 'Se connecter',
    wrong: 'Ce n’est pas le mot de passe.',
    wait: (seconds) => `Trop d’essais. Réessayez dans ${seconds} s.`,
  },
};

/** The language that is named first with the highest weight (RFC 9110, 12.5.4); English where it is neither. */
function languageOf(header = ''): 'en' | 'fr' {
  const ranges = header.split(',').map((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const q = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find((value) => value !== undefined);
    return { language: tag.split('-')[0], weight: q === undefined ? 1 : Number(q) };
  });
  const known = ranges.filter(({ language, weight }) => (language === 'en' || language === 'fr') && weight > 0);
  return known.toSorted((a, b) => b.weight - a.weight)[0]?.language === 'fr' ? 'fr' : 'en';
}

/** From where a page stands to the root: pages of nodes are one folder down. */
function rootOf(url = '/'): string {
  return url.startsWith('/nodes/') ? '../' : './';
}

const STYLE = `
:root{color-scheme:light dark;--ground:#f4f6f8;--surface:#fff;--line:#cbd2da;--ink:#17202b;--soft:#4d5867;--accent:#1f5fd0;--on:#fff;--wrong:#b01e2c;
font:16px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Helvetica Neue',sans-serif}
@media(prefers-color-scheme:dark){:root{--ground:#0e1217;--surface:#151a21;--line:#3a4553;--ink:#e7ebf0;--soft:#b1bac6;--accent:#82aaff;--on:#0e1217;--wrong:#ff8b92}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--ground);color:var(--ink)}
main{width:min(22rem,100%);padding:2rem;border:1px solid var(--line);border-radius:.8rem;background:var(--surface)}
h1{margin:0 0 1.4rem;font-size:1.35rem;font-weight:650}
h1 small{display:block;font-size:.9rem;font-weight:400;color:var(--soft)}
label{display:block;margin-bottom:.3rem;color:var(--soft)}
input,button{width:100%;min-height:2.75rem;padding:0 .8rem;border:1px solid var(--line);border-radius:.5rem;font:inherit}
input{background:var(--ground);color:var(--ink)}
button{margin-top:1rem;border-color:var(--accent);background:var(--accent);color:var(--on);font-weight:600;cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
p{margin:0 0 1rem;color:var(--wrong)}
`;

/** Its one style is allowed by its hash, and nothing else is. A form needs to say where it came from (`same-origin`). */
const LOGIN_HEADERS = {
  ...API_HEADERS,
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
  Vary: 'Accept-Language, Cookie',
};

function loginPage({ language, root, to, trouble }: { language: 'en' | 'fr'; root: string; to: string; trouble: LoginTrouble | undefined }): string {
  const text = TEXTS[language];
  const said = trouble?.kind === 'wait' ? text.wait(trouble.seconds) : trouble && text.wrong;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Nester · ${text.title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Nester <small>${text.title}</small></h1>
<form method="post" action="${root}login">
${said === undefined ? '' : `<p id="said" role="alert">${said}</p>`}
<input type="hidden" name="to" value="${escaped(to)}">
<input name="username" value="nester" autocomplete="username" hidden>
<label for="password">${text.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus${said === undefined ? '' : ' aria-invalid="true" aria-describedby="said"'}>
<button>${text.submit}</button>
</form>
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
