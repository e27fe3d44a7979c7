/**
 * Stops with one clear line on a Node that is too old. Imported before anything that such a
 * Node could not even read.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error('Nester needs Node 20.19 or newer; this is ' + process.versions.node + '. Get it from https://nodejs.org');
  process.exit(1);
}
