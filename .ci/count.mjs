// Adds up the tests of a vitest JSON report and a pytest JUnit report; a report that is missing counts as a failure.
import { readFileSync } from 'node:fs';

const [vitestFile, pytestFile] = process.argv.slice(2);

function vitest() {
  const report = JSON.parse(readFileSync(vitestFile, 'utf8'));
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function pytest() {
  const xml = readFileSync(pytestFile, 'utf8');
  const attribute = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1]);
  const failed = attribute('failures') + attribute('errors');
  const skipped = attribute('skipped');
  return { passed: attribute('tests') - failed - skipped, failed, skipped };
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const read of [vitest, pytest]) {
  let counts = { passed: 0, failed: 1, skipped: 0 };
  try {
    counts = read();
  } catch (error) {
    process.stderr.write(`no usable ${read.name} report: ${error.message}\n`);
  }
  for (const key of Object.keys(total)) total[key] += counts[key];
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
