/** Put in by the build; absent in tests of the sources. */
declare const NESTER_VERSION: string | undefined;

/** The version of this page, and of the Nester that serves it. */
export const OWN_VERSION = typeof NESTER_VERSION === 'string' ? NESTER_VERSION : '0.0.0';

/**
 * Whether a Harvester's version comes before another, by its three numbers (Semantic Versioning,
 * 11.2); what else it says (`-sh`) counts for nothing. Of what is no version, nothing is said.
 */
export function isOlder(version: string, than = OWN_VERSION): boolean {
  const [own, other] = [numbersOf(version), numbersOf(than)];
  if (own === undefined || other === undefined) return false;
  const at = own.findIndex((number, index) => number !== other[index]);
  return at !== -1 && (own[at] ?? 0) < (other[at] ?? 0);
}

function numbersOf(version: string): number[] | undefined {
  const parts = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+].*)?$/.exec(version);
  return parts?.slice(1).map(Number);
}
