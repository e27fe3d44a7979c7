/** A site that is to report. */
export interface NewSite {
  /** The Nester's address, without a slash at its end. */
  address: string;
  node: string;
  labels: readonly (readonly [name: string, value: string])[];
  /** What it reports with; `undefined`: this Nester asks for none. */
  key: string | undefined;
}

export const WAYS = ['systemd', 'cron', 'shell', 'docker', 'windows', 'curl', 'python'] as const;
export type Way = (typeof WAYS)[number];

/** The command of each way, ready to be run at the site. */
export function siteCommands(site: NewSite): Record<Way, string> {
  const { address, node, key, labels } = site;
  const words = [
    ...(key === undefined ? [] : ['--key', quoted(key)]),
    '--node',
    quoted(node),
    ...labels.flatMap(([name, value]) => ['--label', quoted(`${name}=${value}`)]),
  ].join(' ');
  const settings: [string, string][] = [['NESTER', address], ...(key === undefined ? [] : [['NESTER_API_KEY', key] satisfies [string, string]]), ['HARVESTER_NODE', node]];
  if (labels.length > 0) settings.push(['HARVESTER_LABELS', labels.map((pair) => pair.join('=')).join(',')]);
  const report = { node, devices: 12, latency: 3.4, interval: 60, ...(labels.length > 0 ? { labels: Object.fromEntries(labels) } : {}) };
  const header = key === undefined ? '' : ` \\\n  -H ${quoted(`X-API-Key: ${key}`)}`;
  return {
    systemd: `curl -fsSL ${address}/install.sh | sudo sh -s -- ${words}`,
    cron: `curl -fsSL ${address}/install.sh | sudo sh -s -- --cron ${words}`,
    shell: `wget -qO harvester.sh ${address}/harvester.sh &&\n${settings.map(([name, value]) => `${name}=${quoted(value)}`).join(' ')} sh harvester.sh loop`,
    docker: `docker run -d --name nester-harvester --restart unless-stopped --network host \\
  -v nester-harvester:/state -e HARVESTER_STATE_DIR=/state \\
  ${settings.map(([name, value]) => `-e ${quoted(`${name}=${value}`)}`).join(' ')} \\
  node:22-alpine sh -c 'wget -qO /tmp/harvester.js "$NESTER/harvester.js" && exec node /tmp/harvester.js agent'`,
    windows: `& ([scriptblock]::Create((irm ${address}/install.ps1))) ${[
      ...(key === undefined ? [] : ['-Key', quotedForPowerShell(key)]),
      '-Node',
      quotedForPowerShell(node),
      ...(labels.length === 0 ? [] : ['-Label', labels.map((pair) => quotedForPowerShell(pair.join('='))).join(',')]),
    ].join(' ')}`,
    curl: `curl -fsS ${address}/api/report -H 'Content-Type: application/json'${header} \\\n  -d ${quoted(JSON.stringify(report))}`,
    python: `import requests\n\nrequests.post(\n    ${JSON.stringify(`${address}/api/report`)},\n    json=${pythonOf(report)},${key === undefined ? '' : `\n    headers={"X-API-Key": ${JSON.stringify(key)}},`}\n).raise_for_status()`,
  };
}

/** One word of a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** PowerShell takes the typographic ones for quotes, too. */
function quotedForPowerShell(text: string): string {
  return `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`;
}

/** Of text and numbers, JSON is Python. */
function pythonOf(report: object): string {
  return JSON.stringify(report).replaceAll('":', '": ').replaceAll(',"', ', "');
}
