import { readNumber, roundedTo } from './numbers.ts';
import type { SystemFiles } from './system-files.ts';

const ZONES = '/sys/class/thermal';
const MONITORS = '/sys/class/hwmon';
/** Sensors that are not connected say absolute zero, or what their register can hold at most. */
const PLAUSIBLE = { least: -50, most: 150 };
/** Asking it keeps a sleeping disk awake. */
const NOT_ASKED = 'drivetemp';

/** The hottest of all sensors in degrees Celsius; `undefined` where there is none, as in most virtual machines. */
export async function hottest(files: SystemFiles): Promise<number | undefined> {
  const [zones, monitors] = await Promise.all([files.list(ZONES), files.list(MONITORS)]);
  const ofMonitors = await Promise.all(monitors.map((monitor) => inputsOf(files, `${MONITORS}/${monitor}`)));
  const paths = [...zones.filter((name) => name.startsWith('thermal_zone')).map((zone) => `${ZONES}/${zone}/temp`), ...ofMonitors.flat()];
  const texts = await Promise.all(paths.map((path) => files.read(path)));
  const degrees = texts
    .map((text) => (readNumber(text?.trim()) ?? NaN) / 1000)
    .filter((value) => value > PLAUSIBLE.least && value < PLAUSIBLE.most);
  return degrees.length === 0 ? undefined : roundedTo(1, Math.max(...degrees));
}

async function inputsOf(files: SystemFiles, monitor: string): Promise<string[]> {
  if ((await files.read(`${monitor}/name`))?.trim() === NOT_ASKED) return [];
  return (await files.list(monitor)).filter((name) => /^temp\d+_input$/.test(name)).map((name) => `${monitor}/${name}`);
}
