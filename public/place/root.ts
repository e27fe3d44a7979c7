/**
 * Where this Nester is, as the browser reaches it, with a slash at the end: the folder its
 * script came from. Right also behind a proxy that serves Nester under a path, and on every
 * page, however deep its own address is.
 */
export const ROOT = new URL('.', import.meta.url);
