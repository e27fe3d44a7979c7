import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startMemoryNester } from '../test/support/memory-nester.ts';
import { exchangeRaw } from '../test/support/requests.ts';
import { downloadsOf, readDownloads } from './downloads.ts';

describe('what a Nester serves for its sites', () => {
  it('is listed with the SHA-256 of its bytes, as sha256sum writes it', () => {
    const downloads = downloadsOf({ 'a.sh': 'abc', 'é.js': 'é\n' });

    // FIPS 180-2, appendix B.1; and sha256sum's own answer for two bytes of UTF-8 and a line's end.
    expect(downloads.addressed.get('/checksums.txt')?.('').toString().split('\n')).toEqual([
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.sh',
      'edd3a863872a04239eb29ad4bc12fc892b3d4ae57cc7e786a3697816f8e141c2  é.js',
      '',
    ]);
    expect(downloads.files.get('/é.js')?.body).toEqual(Buffer.from('é\n'));
  });

  it('is found beside the sources by a Nester that runs from them', async () => {
    const downloads = await readDownloads();

    expect(downloads.files.get('/harvester.sh')?.body.toString()).toMatch(/^#!\/bin\/sh\n/);
  });

  it('is plain text that a page cannot run, asked for again only when it changed', async () => {
    const { url } = await startMemoryNester({ downloads: downloadsOf({ 'harvester.sh': '#!/bin/sh\n' }) });

    const first = await fetch(`${url}/harvester.sh`);
    const again = await fetch(`${url}/harvester.sh`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    const head = await fetch(`${url}/harvester.sh`, { method: 'HEAD' });
    const posted = await fetch(`${url}/harvester.sh`, { method: 'POST' });

    expect(await first.text()).toBe('#!/bin/sh\n');
    expect(first.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(first.headers.get('x-content-type-options')).toBe('nosniff');
    expect([again.status, head.status, head.headers.get('content-length'), posted.status, posted.headers.get('allow')]).toEqual([304, 200, '10', 405, 'GET, HEAD']);
  });

  it('says in a script that installs who served it, and lists the sum of that very text', async () => {
    const { url, port } = await startMemoryNester({ downloads: downloadsOf({ 'install.sh': "#!/bin/sh\nSERVED_BY=''\n" }), config: { basePath: '/nester' } });

    const script = await fetch(`${url}/install.sh`);
    const text = await script.text();
    const sums = await (await fetch(`${url}/checksums.txt`)).text();

    expect(text).toBe(`#!/bin/sh\nSERVED_BY='http://127.0.0.1:${port}/nester'\n`);
    expect(sums).toBe(`${createHash('sha256').update(text).digest('hex')}  install.sh\n`);
    expect([script.headers.get('cache-control'), script.headers.get('content-type')]).toEqual(['no-store', 'text/plain; charset=utf-8']);
  });

  it('does so in the language of each script', async () => {
    const { addressed } = await readDownloads();

    expect(addressed.get('/install.ps1')?.('http://here:5000').toString()).toContain("\n$ServedBy = 'http://here:5000'\n");
    expect(addressed.get('/install.sh')?.('http://here:5000').toString()).toContain("\nSERVED_BY='http://here:5000'\n");
  });

  it('puts nothing into a script that a stranger could have made up', async () => {
    const { port } = await startMemoryNester({ downloads: downloadsOf({ 'install.sh': "SERVED_BY=''\n" }) });

    const answer = await exchangeRaw(port, "GET /install.sh HTTP/1.1\r\nHost: x';id;'\r\nConnection: close\r\n\r\n");

    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nSERVED_BY=''\n$/);
    expect(answer).not.toContain('id;');
  });

  it('is not there when it was not built', async () => {
    const { url } = await startMemoryNester({ downloads: downloadsOf({}) });

    expect((await fetch(`${url}/harvester.js`)).status).toBe(404);
  });
});
