// Adds up the tests of vitest JSON reports (*.json) and JUnit reports (*.xml) in one folder: `<folder> <name>…` where
// each name is that of a report, or the start of several. One that is missing or unreadable counts as a failure.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [folder, ...names] = process.argv.slice(2);

function vitest(text) {
  const report = JSON.parse(text);
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

// pytest counts on its one <testsuite>; GoogleTest on <testsuites>, which encloses one <testsuite> per fixture.
function junit(xml) {
  const outermost = /<testsuites? [^>]*\btests="[^>]*>/.exec(xml)?.[0] ?? '';
  const attribute = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(outermost)?.[1] ?? 0);
  if (!outermost) throw new Error('no <testsuite tests="…">');
  const failed = attribute('failures') + attribute('errors');
  // GTEST_SKIP() is told only per case.
  const skipped = attribute('disabled') + (xml.match(/<skipped[ />]/g)?.length ?? 0);
  return { passed: attribute('tests') - failed - skipped, failed, skipped };
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const name of names) {
  const files = readdirSync(folder).filter((file) => file.startsWith(name));
  if (files.length === 0) {
    process.stderr.write(`no report ${name} in ${folder}\n`);
    total.failed += 1;
  }
  for (const file of files) {
    let counts = { passed: 0, failed: 1, skipped: 0 };
    try {
      counts = (file.endsWith('.json') ? vitest : junit)(readFileSync(path.join(folder, file), 'utf8'));
    } catch (error) {
      process.stderr.write(`no usable report in ${file}: ${error.message}\n`);
    }
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
