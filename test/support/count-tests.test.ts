import { describe, expect, it } from 'vitest';
import { countTests, failedTests } from '../count-tests.mjs';

function aRun(...files: { status?: string; message?: string; tests: string[] }[]): string {
  return JSON.stringify({
    testResults: files.map(({ status = 'passed', message = '', tests }, at) => ({
      name: `file-${at}`,
      status,
      message,
      assertionResults: tests.map((outcome, test) => ({ fullName: `test ${test}`, status: outcome })),
    })),
  });
}

describe('counting a test run', () => {
  it('counts passed and failed tests over all files', () => {
    const run = aRun({ tests: ['passed', 'passed'] }, { status: 'failed', tests: ['failed', 'passed'] });

    const { count, problems } = countTests(run, 1);

    expect(count).toEqual({ passed: 3, failed: 1 });
    expect(problems).toEqual([]);
  });

  it.each(['skipped', 'pending', 'todo', 'disabled'])('counts a test that is %s as failed', (status) => {
    const { count, problems } = countTests(aRun({ tests: ['passed', status] }), 0);

    expect(count).toEqual({ passed: 1, failed: 1 });
    expect(problems).toEqual([`did not run (${status}): test 1`]);
  });

  it('counts a file that could not be loaded as failed', () => {
    const run = aRun({ tests: ['passed'] }, { status: 'failed', message: 'SyntaxError', tests: [] });

    expect(countTests(run, 1).count).toEqual({ passed: 1, failed: 1 });
  });

  it('counts a run without any test as failed', () => {
    expect(countTests(aRun(), 0)).toEqual({ count: { passed: 0, failed: 1 }, problems: ['no test ran'] });
  });

  it('counts a run that failed besides its tests as failed', () => {
    expect(countTests(aRun({ tests: ['passed'] }), 1).count).toEqual({ passed: 1, failed: 1 });
  });
});

describe('the end of a test run', () => {
  it('names each test that failed, with the first line of why', () => {
    const assertionResults = [
      { fullName: 'a clock ticks', status: 'failed', failureMessages: ['Error: expected 1\n    at clock.test.ts:3'] },
      { fullName: 'a clock stops', status: 'passed', failureMessages: [] },
      { fullName: 'a clock starts', status: 'failed' },
    ];
    const run = JSON.stringify({ testResults: [{ name: 'clock', status: 'failed', assertionResults }] });

    expect(failedTests(run)).toEqual(['failed: a clock ticks: Error: expected 1', 'failed: a clock starts: no reason given']);
  });
});
