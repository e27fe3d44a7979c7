/** The key that Nester asked for, as long as this page is open: never written anywhere. */
export interface KeyRing {
  /** Empty: none was needed yet. */
  key: string;
}

export function createKeyRing(): KeyRing {
  return { key: '' };
}
