import type { Finding } from '../doctor/finding.js';

const MARK = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

/** What the doctor found, and at the end how much of it failed. */
export function findingLines(findings: readonly Finding[]): string[] {
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  return [
    ...findings.map(({ level, topic, message, remedy }) => {
      const advice = remedy === undefined ? '' : `\n      → ${remedy.split(/\n\s*/).join('\n        ')}`;
      return `${MARK[level]}  ${topic}: ${message.split(/\n\s*/).join('\n        ')}${advice}\n`;
    }),
    `\n${count('fail')} failed, ${count('warn')} to look at, ${count('ok')} in order\n`,
  ];
}
