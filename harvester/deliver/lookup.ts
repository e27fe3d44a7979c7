import type { LookupFunction } from 'node:net';
import type { Resolver } from '../collect/resolver.ts';

/** The resolver in the shape that sockets ask for, so that a dead DNS delays no delivery. */
export function createLookup(resolver: Resolver): LookupFunction {
  return function lookup(host, options, callback) {
    void resolver.resolve(host).then((addresses) => {
      const wanted = addresses.filter(({ family }) => !options.family || Number(options.family) === family);
      const [first] = wanted;
      if (first === undefined) {
        callback(Object.assign(new Error(`the name ${host} cannot be resolved`), { code: 'ENOTFOUND' }), '', 0);
      } else if (options.all === true) {
        callback(null, wanted);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
