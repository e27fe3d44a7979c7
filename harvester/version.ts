/** Put in by the build from package.json; absent when run from the sources. */
declare const NESTER_VERSION: string | undefined;

export const VERSION = typeof NESTER_VERSION === 'string' ? NESTER_VERSION : '0.0.0-dev';
