/**
 * Counts what a test run says of itself, strictly: what did not run did not pass.
 */

/** @typedef {{ passed: number, failed: number }} Count */
/** @typedef {{ fullName: string, status: string, failureMessages?: string[] }} Test */
/** @typedef {{ testResults: { name: string, status: string, message?: string, assertionResults: Test[] }[] }} Report */

/**
 * @param {string} text What vitest's JSON reporter wrote.
 * @param {number} exitCode What vitest ended with.
 * @returns {{ count: Count, problems: string[] }} `problems` names failures that no test's own output shows.
 */
export function countTests(text, exitCode) {
  const { testResults } = /** @type {Report} */ (JSON.parse(text));
  const count = { passed: 0, failed: 0 };
  /** @type {string[]} */
  const problems = [];
  /** @param {string} problem */
  const fail = (problem) => {
    count.failed++;
    problems.push(problem);
  };
  for (const file of testResults) {
    for (const { fullName, status } of file.assertionResults) {
      if (status === 'passed') count.passed++;
      else if (status === 'failed') count.failed++;
      else fail(`did not run (${status}): ${fullName}`);
    }
    const ownFailure = file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed');
    if (ownFailure || file.assertionResults.length === 0) fail(`the file itself failed: ${file.name} ${file.message ?? ''}`.trim());
  }
  if (count.passed + count.failed === 0) fail('no test ran');
  if (exitCode !== 0 && count.failed === 0) fail(`all tests passed, and the run still failed (exit code ${exitCode}): see the errors above`);
  return { count, problems };
}

/**
 * Each test that failed, with the first line of why, for the end of a run: there it is found
 * also where only the end of the output is kept.
 * @param {string} text What vitest's JSON reporter wrote.
 * @returns {string[]}
 */
export function failedTests(text) {
  const { testResults } = /** @type {Report} */ (JSON.parse(text));
  const failed = testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === 'failed'));
  return failed.map(({ fullName, failureMessages }) => `failed: ${fullName}: ${failureMessages?.[0]?.split('\n')[0] ?? 'no reason given'}`);
}
