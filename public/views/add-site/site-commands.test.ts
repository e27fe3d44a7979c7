import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { siteCommands, WAYS } from './site-commands.ts';

const site = { address: 'http://nester.example.org:5000', node: `L'"2" $HOME \`id\``, labels: [['city', "L'Isle"], ['group', 'shops']] as const, key: "k'ey" };

/** The words a command would be run with. */
function wordsOf(command: string): string[] {
  return execFileSync('sh', ['-c', `set -- ${command}\nprintf '%s\\n' "$@"`], { encoding: 'utf8' }).trimEnd().split('\n');
}

describe('the commands for a new site', () => {
  it('hand over name, key and labels as they are, whatever a shell would make of them', () => {
    const words = wordsOf(siteCommands(site).systemd.replace(/^.* -- /, ''));

    expect(words).toEqual(['--key', site.key, '--node', site.node, '--label', "city=L'Isle", '--label', 'group=shops']);
  });

  it('say nothing of a key where there is none, nor of labels', () => {
    const commands = siteCommands({ ...site, node: 'lyon-02', labels: [], key: undefined });

    expect(commands.cron).toBe("curl -fsSL http://nester.example.org:5000/install.sh | sudo sh -s -- --cron --node 'lyon-02'");
    for (const way of WAYS) expect(commands[way]).not.toMatch(/key|label/i);
  });

  it('double the quotes for PowerShell', () => {
    expect(siteCommands({ ...site, node: "L'Isle ’1’" }).windows).toContain("-Key 'k''ey' -Node 'L''Isle ’’1’’' -Label 'city=L''Isle','group=shops'");
  });

  it('send JSON that is what it should be, by curl and by Python', () => {
    const body = wordsOf(siteCommands(site).curl.replaceAll('\\\n', ' ')).at(-1) ?? '';

    expect(JSON.parse(body)).toMatchObject({ node: site.node, labels: { city: "L'Isle", group: 'shops' } });
    expect(siteCommands(site).python).toContain('"group": "shops"');
  });
});
