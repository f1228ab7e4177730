import { type Finding, fail, ok, warn } from '../../doctor/finding.js';
import type { TopicType } from '../messages.js';
import type { Heard } from './listen.js';

const ODD_MS = 50;
const SYNCHRONISE = 'Synchronise the clocks (chrony), or look at how the driver stamps its messages.';

/**
 * How far stamps are from now. A stamp is of the capture, so some age is right; what the guards refuse is a failure.
 *
 * @param limitMs the age from which on the guards refuse, milliseconds
 */
export function stampFindings<T extends TopicType>(
  topic: string,
  heard: Heard<T>,
  limitMs: number,
): Finding[] {
  const findings: Finding[] = [];
  if (heard.unstamped > 0)
    findings.push(
      warn(
        topic,
        `stamped 0: how old ${heard.unstamped} of ${heard.count} messages are cannot be known`,
        'Have the driver fill header.stamp with the time of the capture.',
      ),
    );
  const { agesMs } = heard;
  if (agesMs.length === 0) return findings;
  const mean = agesMs.reduce((sum, age) => sum + age, 0) / agesMs.length;
  const worst = agesMs.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  const message = `stamps are ${describe(mean)} in the mean, ${describe(worst)} at worst`;
  if (mean > limitMs || mean < -ODD_MS)
    findings.push(fail(topic, `${message}; the guards refuse that: nothing would move`, SYNCHRONISE));
  else if (Math.abs(worst) > ODD_MS) findings.push(warn(topic, message, SYNCHRONISE));
  else findings.push(ok(topic, message));
  return findings;
}

function describe(ageMs: number): string {
  const text =
    Math.abs(ageMs) < 1000 ? `${Math.abs(ageMs).toFixed(1)} ms` : `${Math.abs(ageMs / 1000).toFixed(1)} s`;
  return ageMs < 0 ? `${text} in the future` : `${text} old`;
}
