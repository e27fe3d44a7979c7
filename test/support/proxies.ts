import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { root } from '../../deploy/prepare.mjs';
import { onPath } from '../tools.mjs';
import type { CertificateFiles } from './certificates.ts';
import { makeFolder } from './program.ts';
import { until } from './requests.ts';

/** A reverse proxy of other people, with the configuration that we give to them, before a Nester on the loopback. */
export interface Proxy extends AsyncDisposable {
  /** Its port, of HTTPS. */
  port: number;
}

export interface ProxyOptions {
  /** Where Nester listens. */
  behind: number;
  /** For `localhost`. */
  certificate: CertificateFiles;
}

const config = (name: string): string => readFileSync(join(root, 'deploy/proxies', name), 'utf8');

/** The file as it stands there, with what it asks to be put in place of its examples. */
function filled(name: string, changes: Record<string, string>): string {
  return Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    return text.replaceAll(from, to);
  }, config(name));
}

export async function startNginx(options: ProxyOptions, isPath: boolean): Promise<Proxy> {
  const { certificate, behind } = options;
  const port = await freePort();
  const folder = makeFolder('nginx');
  const own = { '127.0.0.1:5000': `127.0.0.1:${behind}` };
  const files = { 'ssl_certificate /etc/ssl/nester/status.example.org.pem': `ssl_certificate ${certificate.cert}`, 'ssl_certificate_key /etc/ssl/nester/status.example.org.key': `ssl_certificate_key ${certificate.key}` };
  const server = isPath
    ? `map $http_upgrade $nester_connection { default upgrade; '' ''; }
       server { listen 127.0.0.1:${port} ssl; ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key}; ${filled('nginx-path.conf', own)} }`
    : filled('nginx.conf', { ...own, ...files, 'listen 443 ssl http2': `listen 127.0.0.1:${port} ssl http2`, 'server_name status.example.org': 'server_name localhost' });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, `daemon off; pid ${folder}/pid; error_log stderr; user root; worker_processes 1;\nevents {}\nhttp { access_log off; ${temporary}\n${server}\n}\n`);
  return run('nginx', ['-c', file, '-p', folder], port);
}

export async function startCaddy(options: ProxyOptions, isPath: boolean): Promise<Proxy> {
  const { certificate, behind } = options;
  const port = await freePort();
  const folder = makeFolder('caddy');
  const name = isPath ? 'www.example.org {' : 'status.example.org {';
  const site = filled(isPath ? 'Caddyfile-path' : 'Caddyfile', { '127.0.0.1:5000': `127.0.0.1:${behind}`, [name]: `localhost:${port} {\n\ttls ${certificate.cert} ${certificate.key}` });
  const file = join(folder, 'Caddyfile');
  writeFileSync(file, `{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n${site}`);
  return run('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], port, { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder });
}

async function run(command: string, args: readonly string[], port: number, env: Record<string, string> = {}): Promise<Proxy> {
  const program = onPath(command);
  if (program === undefined) throw new Error(`${command} is missing. On Debian or Ubuntu: sudo apt-get install -y --no-install-recommends ${command}`);
  const child = spawn(program, args, { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');
  const end = (): boolean => child.kill('SIGKILL');
  process.once('exit', end);
  await until(`${command} listens`, () => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
    return takesTls(port);
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      process.off('exit', end);
      // nginx ends its workers with it.
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function takesTls(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Free a moment ago: neither program can choose one itself and tell it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
