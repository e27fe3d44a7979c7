/** Load: a hostile crowd around a server for some seconds. Reports what its flood was answered with. */
import { surround, type CrowdOptions } from '../../test/support/hostile-crowd.ts';
import { fail, finish, parameters } from './program.ts';

const { url, seconds, ...crowd } = parameters() as CrowdOptions & { url: string; seconds: number };

surround(url, crowd).then(({ answers, disperse }) => {
  const begunMs = performance.now();
  setTimeout(() => {
    disperse();
    const total = [...answers.values()].reduce((sum, count) => sum + count, 0);
    finish({ perSecond: (total * 1000) / (performance.now() - begunMs), answers: Object.fromEntries(answers) });
  }, seconds * 1000);
}, fail);
