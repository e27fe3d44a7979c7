import { build } from '../../deploy/prepare.mjs';

/** Tests from outside must never run against programs older than the sources. */
export async function setup(): Promise<void> {
  await build(console.log);
}
