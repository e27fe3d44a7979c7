/** Commands that bring a first report to the Nester at this address. Each works as it stands. */
export interface FirstCommands {
  curl: string;
  python: string;
  agent: string;
  cron: string;
  /** For machines that cannot have Node. */
  shell: string;
}

/** @param address without a slash at its end */
export function firstCommands(address: string): FirstCommands {
  return {
    curl: `curl -X POST ${address}/api/report \\
  -H 'content-type: application/json' \\
  -d '{"node":"my-first-site","devices":12,"latency":3.4}'`,
    python: `python3 -c 'import requests
print(requests.post("${address}/api/report",
  json={"node": "my-first-site", "devices": 12, "latency": 3.4}).text)'`,
    agent: `curl -fsSO ${address}/harvester.js &&
NESTER=${address} node harvester.js agent`,
    // Cron knows few folders: both programs are named in full, as they are found here and now.
    cron: `(crontab -l 2>/dev/null
 echo "* * * * * NESTER=${address} $(command -v node) $PWD/harvester.js once") | crontab -`,
    shell: `curl -fsSO ${address}/harvester.sh &&
NESTER=${address} sh harvester.sh loop`,
  };
}
