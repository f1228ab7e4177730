import { VLAError } from '../../errors.js';
import { RELATIVE_TOLERANCE } from './export-options.js';
import type { ExportResult } from './export-protocol.js';

/** Below this, float32 itself is the difference. */
const LEAST_TOLERANCE = 1e-6;

/**
 * @param given allowed difference in the units of the output; else {@link RELATIVE_TOLERANCE} of the largest output
 * @returns what was allowed
 * @throws VLAError ACCURACY_LOST with the figures of the worst sample
 */
export function checkParity({ random, observed, exporter }: ExportResult, given: number | undefined): number {
  const scale = Math.max(random.scale, observed.scale);
  const tolerance = given ?? Math.max(RELATIVE_TOLERANCE * scale, LEAST_TOLERANCE);
  const [worst] = [random, observed].toSorted((a, b) => b.maxAbs - a.maxAbs);
  if (worst === undefined || worst.maxAbs <= tolerance) return tolerance;
  const { maxAbs, meanAbs, cosine } = worst;
  throw new VLAError(
    'ACCURACY_LOST',
    `the exported model differs from PyTorch by up to ${maxAbs.toPrecision(3)}, and ${tolerance.toPrecision(3)} is allowed ` +
      `(mean ${meanAbs.toPrecision(3)}, cosine ${cosine.toFixed(6)}; worst: ${worst.worst})`,
    {
      hint:
        `Try --exporter ${exporter === 'dynamo' ? 'legacy' : 'dynamo'}; look for dropout, noise and values that ` +
        'Python computes in forward. --tolerance allows more.',
    },
  );
}
