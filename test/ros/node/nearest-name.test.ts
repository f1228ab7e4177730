import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestName } from '../../../lib/ros/node/nearest-name.js';

const NAMES = ['inference_rate_hz', 'control_rate_hz', 'bundle', 'merge'];

test.each([
  ['inferance_rate_hz', 'inference_rate_hz'],
  ['inference_rate', 'inference_rate_hz'],
  ['controlrate_hz', 'control_rate_hz'],
  ['bundel', 'bundle'],
  ['marge', 'merge'],
  ['bundle', 'bundle'],
  ['gripper_joint', undefined],
  ['', undefined],
])('%s is meant for %s', (misspelled, meant) => {
  expect(nearestName(misspelled, NAMES)).toBe(meant);
});

test('one wrong, missing or doubled letter is always forgiven', () => {
  const name = fc.constantFrom(...NAMES);
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom('', 'q', 'qq'), (meant, seed, letters) => {
      const place = seed % meant.length;
      const misspelled = meant.slice(0, place) + letters + meant.slice(place + 1);
      const edits = letters === 'qq' ? 2 : 1;
      if (edits <= Math.max(1, Math.floor(misspelled.length / 3)))
        expect(nearestName(misspelled, NAMES)).toBe(meant);
    }),
  );
});
