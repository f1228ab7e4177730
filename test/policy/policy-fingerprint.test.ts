import { describe, expect, it } from 'vitest';
import { framesFingerprint } from '../../lib/policy/frame-fingerprint.js';
import { fullManifest, minimalManifest, withValue } from './minimal-manifest.js';
import { greyFrame, policyOf, rowsTensor } from './policy-fixture.js';

const frame = greyFrame(4, 4, 100);
const seen = { images: { wrist: frame }, capturedAt: 0 };
const camera = (change: object) =>
  withValue(minimalManifest(), ['inputs', 'cameras'], [{ id: 'wrist' }, { id: 'ceiling', ...change }]);

describe('Policy.fingerprint', () => {
  it('is that of the frame that the model sees', () => {
    expect(policyOf(minimalManifest()).fingerprint(seen)).toBe(framesFingerprint([frame]));
  });

  it('takes several frames in the order of the cameras, and skips an optional one that is absent', () => {
    const policy = policyOf(fullManifest());
    const [first, second] = policy.manifest.inputs.cameras;
    const other = greyFrame(4, 4, 7);
    const images = { [second?.id ?? '']: other, [first?.id ?? '']: frame };
    expect(policy.fingerprint({ images, capturedAt: 0 })).toBe(framesFingerprint([frame, other]));
    const only = { [first?.id ?? '']: frame };
    expect(policy.fingerprint({ images: only, capturedAt: 0 })).toBe(framesFingerprint([frame]));
  });

  it('does not look at the frames of a camera that feeds no model', () => {
    const images = { wrist: frame, ceiling: { ...frame, data: new Uint8Array() } };
    const policy = policyOf(camera({}));
    expect(policy.fingerprint({ images, capturedAt: 0 })).toBe(framesFingerprint([frame]));
  });

  it('reaches the chunk, and is left out of it when there is none', () => {
    const policy = policyOf(minimalManifest());
    const outputs = { actions: rowsTensor(Array(5).fill([0, 0, 0, 0, 0, 0, 0])) };
    expect(policy.decode(outputs, seen, { sequence: 0, frameFingerprint: 7 }).frameFingerprint).toBe(7);
    expect(policy.decode(outputs, seen, { sequence: 0 }).frameFingerprint).toBeUndefined();
  });
});
