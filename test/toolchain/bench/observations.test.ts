import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { JetsonVLAEngine } from '../../../lib/engine/jetson-vla-engine.js';
import { packageRoot } from '../../../lib/native/package-root.js';
import type { CameraFrame, FrameEncoding } from '../../../lib/policy/camera-frame.js';
import { parseManifest } from '../../../lib/policy/manifest.js';
import { observationLine } from '../../../lib/policy/observation-file.js';
import { decodeFrames, wireFrames } from '../../../lib/toolchain/bench/decode-stage.js';
import { parseImageSize } from '../../../lib/toolchain/bench/image-size.js';
import { benchObservations, usedFrames } from '../../../lib/toolchain/bench/observations.js';
import { policyTarget } from '../../../lib/toolchain/bench/policy-target.js';
import { model, temporaryDirectory } from '../../engine/fixtures.js';
import { errorOf, rejectionOf } from '../../policy/error-of.js';

const PICK = path.join(packageRoot, 'examples/policies/pick');

async function policyOf(file: string) {
  const engine = await JetsonVLAEngine.load(file, { golden: 'skip', onWarning: () => {} });
  await engine.dispose();
  return engine.policy;
}

const frame = (encoding: FrameEncoding, pixel: readonly number[]): CameraFrame => ({
  encoding,
  width: 16,
  height: 8,
  data: Uint8Array.from({ length: 16 * 8 * pixel.length }, (_, at) => pixel[at % pixel.length] ?? 0),
});

describe('what a policy is asked', () => {
  it('are the golden observations of its bundle', async () => {
    const { all, source } = await benchObservations(await policyOf(PICK), {});
    expect(source).toBe('1 golden observation: front 128×128 rgb8');
    expect(all[0]?.instruction).toMatch(/block/);
  });

  it('is made up in the size of a camera where nothing is recorded, or in one of your own', async () => {
    const policy = await policyOf(model('default-nhwc'));
    const { all, source } = await benchObservations(policy, {});
    expect(source).toBe('a made-up observation: image 640×480 rgb8');
    expect(all[0]?.instruction).toBe('pick up the red block');
    const small = await benchObservations(policy, { image: { width: 32, height: 16 }, instruction: 'stop' });
    expect(small.all).toMatchObject([{ images: { image: { width: 32, height: 16 } }, instruction: 'stop' }]);
    expect(small.all[0]?.images['image']?.data).toHaveLength(32 * 16 * 3);
  });

  it('is recorded, with the frames and words of your own in the place of what was recorded', async () => {
    const policy = await policyOf(PICK);
    const file = path.join(await temporaryDirectory(), 'recorded.jsonl');
    const images = { front: frame('rgb8', [1, 2, 3]), other: frame('mono8', [4]) };
    await writeFile(file, observationLine({ images, instruction: 'pick up the red block' }).repeat(3));
    const { all, source } = await benchObservations(policy, { observations: file });
    expect(all).toHaveLength(3);
    expect(source).toContain(`3 recorded observations of ${file}`);
    expect(Object.keys(usedFrames(policy.manifest.inputs.cameras, all[0]?.images ?? {}))).toEqual(['front']);
    const own = await benchObservations(policy, {
      observations: file,
      image: { width: 8, height: 8 },
      instruction: 'pick up the green block',
    });
    expect(own.source).toContain('with made-up frames: front 8×8 rgb8');
    expect(own.all[2]).toMatchObject({
      images: { front: { width: 8 } },
      instruction: 'pick up the green block',
    });
  });

  it('has the middle of each range as its state, and no words for a policy that takes none', async () => {
    const manifest = parseManifest({
      schema: 'jetson-vla/policy',
      version: 1,
      id: 'stateful',
      inputs: {
        cameras: [{ id: 'front', resize: { h: 8, w: 8, mode: 'none' } }],
        state: {
          dims: [
            { name: 'pan', unit: 'deg', limits: [0, 180] },
            { name: 'lift', unit: 'rad' },
          ],
        },
      },
      stages: {
        kind: 'single',
        models: [
          {
            id: 'model',
            inputs: [{ name: 'state', dtype: 'float32', shape: [1, 2], from: 'state' }],
            outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, 1] }],
            artifacts: [{ format: 'onnx', file: 'model.onnx', sha256: '0'.repeat(64) }],
          },
        ],
      },
      action: { dims: [{ name: 'pan', unit: 'rad' }] },
      chunk: { dt: 0.1 },
    }).manifest;
    const policy = { id: 'stateful', name: 'stateful', path: '/nowhere', manifest };
    const { all } = await benchObservations(policy, {});
    expect(all[0]?.state).toEqual([Math.PI / 2, 0]);
    expect(all[0]).not.toHaveProperty('instruction');
    // Frames that are not resized fit the model as they are.
    expect(all[0]?.images['front']).toMatchObject({ width: 8, height: 8 });
  });

  it('lacks a camera, which is told before anything runs', async () => {
    const file = path.join(await temporaryDirectory(), 'recorded.jsonl');
    await writeFile(file, observationLine({ images: { wrist: frame('rgb8', [1, 2, 3]) } }));
    const error = await rejectionOf(benchObservations(await policyOf(PICK), { observations: file }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('"front"') });
  });
});

describe('a frame on the wire', () => {
  it.each([
    ['rgb8', [200, 100, 50]],
    ['bgr8', [50, 100, 200]],
    ['rgba8', [200, 100, 50, 255]],
    ['bgra8', [50, 100, 200, 0]],
  ] as const)('is a JPEG that decodes to the colours of %s', async (encoding, pixel) => {
    const wire = await wireFrames({ front: frame(encoding, pixel) });
    if (typeof wire === 'string') throw new Error(wire);
    expect((await sharp(wire['front']).metadata()).format).toBe('jpeg');
    const { front } = await decodeFrames(wire);
    expect(front).toMatchObject({ encoding: 'rgb8', width: 16, height: 8 });
    for (const [channel, value] of [200, 100, 50].entries())
      expect(Math.abs((front?.data[channel] ?? 0) - value)).toBeLessThan(6);
  });

  it('with a row step leaves out what lies between rows', async () => {
    const padded = { ...frame('rgb8', [200, 100, 50]), width: 15, step: 48 };
    const wire = await wireFrames({ front: padded });
    if (typeof wire === 'string') throw new Error(wire);
    expect((await decodeFrames(wire))['front']).toMatchObject({ width: 15, height: 8 });
  });

  it('is none for what cameras do not compress, and without sharp', async () => {
    expect(await wireFrames({ front: frame('yuv422', [1, 2]) })).toBe(
      'front sends yuv422, which is not sent as JPEG',
    );
    expect(await wireFrames({})).toBe('the policy has no camera');
    vi.resetModules();
    vi.doMock('sharp', () => {
      throw new Error('no such package');
    });
    const { wireFrames: without } = await import('../../../lib/toolchain/bench/decode-stage.js');
    expect(await without({ front: frame('rgb8', [1, 2, 3]) })).toContain('npm install sharp');
    vi.doUnmock('sharp');
    vi.resetModules();
  });
});

describe('the name of a policy', () => {
  it('chooses a precision behind the last @, unless there is a file of that name', async () => {
    expect(await policyTarget('policies/pick@float32', { threads: 1 })).toEqual({
      name: 'policies/pick@float32',
      path: 'policies/pick',
      options: { threads: 1, precision: 'float32' },
    });
    const folder = await temporaryDirectory();
    const file = path.join(folder, 'model@2.onnx');
    await writeFile(file, '');
    expect((await policyTarget(file, {})).path).toBe(file);
    expect((await policyTarget('a@b/model.onnx', {})).path).toBe('a@b/model.onnx');
  });
});

describe('an image size', () => {
  it('is width and height', () => {
    expect(parseImageSize('1280x720')).toEqual({ width: 1280, height: 720 });
  });

  it.each(['', '1280', '0x720', '-1x2', '1280x720x3', 'axb'])('is not %j', (text) => {
    expect(errorOf(() => parseImageSize(text)).code).toBe('INVALID_ARGUMENT');
  });
});
