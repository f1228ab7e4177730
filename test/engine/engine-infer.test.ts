import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JetsonVLAEngine, type LoadOptions } from '../../lib/engine/jetson-vla-engine.js';
import { VLAError, type VLAErrorCode } from '../../lib/errors.js';
import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import { framesFingerprint } from '../../lib/policy/frame-fingerprint.js';
import { frame, textSection, writeBundle } from './bundle.js';
import { model, referenceActions } from './fixtures.js';

const code = (expected: VLAErrorCode) => expect.objectContaining({ code: expected, constructor: VLAError });

async function load(path: string, options: LoadOptions = {}) {
  const engine = await JetsonVLAEngine.load(path, { threads: 1, onWarning: () => {}, ...options });
  onTestFinished(() => engine.dispose());
  return engine;
}

/** First joint of the first waypoint for a white frame and one token. */
const firstJoint = (token: number) => referenceActions([1, 1, 1, token / 16])[0] ?? Number.NaN;

async function expectWorking(engine: JetsonVLAEngine): Promise<void> {
  const chunk = await engine.infer(frame(), 'close');
  expect(chunk.at(0).joints[0]).toBeCloseTo(firstJoint(2), 6);
}

const twoCameras = {
  model: 'two-cameras',
  inputs: {
    cameras: [
      { id: 'front', layout: 'CHW', resize: { h: 8, w: 8 } },
      { id: 'wrist', aliases: ['hand_eye'], layout: 'CHW', resize: { h: 8, w: 8 } },
    ],
    state: { dims: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, unit: 'rad' })) },
  },
  modelInputs: [
    { name: 'front', dtype: 'float32', shape: [1, 3, 8, 8], from: 'camera:front' },
    { name: 'wrist', dtype: 'float32', shape: [1, 3, 8, 8], from: 'camera:wrist' },
    { name: 'state', dtype: 'float32', shape: [1, 6], from: 'state' },
    { name: 'text', dtype: 'int64', shape: [1, 8], from: 'text.ids' },
  ],
};

async function loadTwoCameras() {
  const text = { ...(await textSection()), padTo: 'max' };
  return load(await writeBundle({ ...twoCameras, inputs: { ...twoCameras.inputs, text } }));
}

describe('JetsonVLAEngine.infer', () => {
  it('numbers its chunks, stamps them with the capture time and says where the time went', async () => {
    const engine = await load(await writeBundle());
    const before = performance.now();
    const chunks = [
      await engine.infer({ ...frame(), capturedAt: 42.5 }, 'open'),
      await engine.infer(frame(), 'open'),
    ];
    expect(chunks.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(chunks[0]?.capturedAt).toBe(42.5);
    expect(chunks[1]?.capturedAt).toBeGreaterThanOrEqual(before);
    expect(chunks[1]?.capturedAt).toBeLessThanOrEqual(performance.now());
    expect(chunks[0]?.secondsPerWaypoint).toBe(0.25);
    for (const { timing } of chunks) {
      if (!timing) throw new Error('no timing');
      const { totalMs, ...stages } = timing;
      const parts = Object.values(stages);
      expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
      expect(timing.inferMs).toBeGreaterThan(0);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(totalMs);
    }
  });

  it('counts the time of the calls before it as time in the queue', async () => {
    const engine = await load(model('slow'));
    const [first, second] = await Promise.all([
      engine.infer(frame(), 'work '.repeat(20)),
      engine.infer(frame(), 'open'),
    ]);
    // Half of it: on a busy machine the first may well be at work before the second is even asked for.
    expect(second.timing?.queueMs).toBeGreaterThan((first.timing?.inferMs ?? Number.NaN) / 2);
  });

  it('answers concurrent calls in order, each with its own result', async () => {
    const engine = await load(await writeBundle());
    const words = ['open', 'close', 'pick', 'up', 'the', 'red', 'blue', 'block'];
    const order: number[] = [];
    const chunks = await Promise.all(
      words.map(async (word, index) => {
        const chunk = await engine.infer(frame(), word);
        order.push(index);
        return chunk;
      }),
    );
    expect(order).toEqual(words.map((_, index) => index));
    chunks.forEach((chunk, index) => {
      expect(chunk.sequence).toBe(index);
      expect(chunk.at(0).joints[0]).toBeCloseTo(firstJoint(index + 1), 6);
    });
  });

  it('reads its frame within the call when it is idle', async () => {
    const engine = await load(await writeBundle());
    const image = frame();
    const running = engine.infer(image, 'close');
    image.data.fill(0);
    const chunk = await running;
    expect(chunk.at(0).joints[0]).toBeCloseTo(firstJoint(2), 6);
    expect(chunk.frameFingerprint).toBe(framesFingerprint([frame()]));
  });

  it('takes several cameras by id or alias, the state, and the oldest capture time', async () => {
    const engine = await loadTwoCameras();
    const state = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    const images = {
      hand_eye: { ...frame([255, 0, 0]), capturedAt: 7 },
      front: { ...frame([0, 255, 255]), capturedAt: 9 },
      ceiling: { ...frame(), capturedAt: 1 },
    };
    const chunk = await engine.infer(images, 'open', { state });
    expect(chunk.capturedAt).toBe(7);
    expect(chunk.frameFingerprint).toBe(framesFingerprint([images.front, images.hand_eye]));
    const expected = referenceActions([1, 0, 0, 0, 1, 1, ...state, 1 / 16 / 8]);
    expect(chunk.at(0).joints[0]).toBeCloseTo(expected[0] ?? Number.NaN, 5);
    expect(chunk.at(4).joints[5]).toBeCloseTo(expected[33] ?? Number.NaN, 5);
  });

  it('refuses one frame for several cameras, and a missing frame or state, by name', async () => {
    const engine = await loadTwoCameras();
    const state = [0, 0, 0, 0, 0, 0];
    const both = { front: frame(), wrist: frame() };
    await expect(engine.infer(frame(), 'open', { state })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('front, wrist'),
    });
    await expect(engine.infer({ front: frame() }, 'open', { state })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/"wrist" or "hand_eye"/),
    });
    await expect(engine.infer(both, 'open')).rejects.toEqual(code('INVALID_STATE'));
    await expect(engine.infer(both, 'open', { state: [0, 0, 0, Number.NaN, 0, 0] })).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('d'),
    });
    expect((await engine.infer(both, 'open', { state })).sequence).toBe(0);
  });

  it.each<[string, unknown, unknown, VLAErrorCode]>([
    ['no frame', undefined, 'open', 'INVALID_ARGUMENT'],
    ['a text for a frame', 'frame.png', 'open', 'INVALID_ARGUMENT'],
    ['a camera without a frame', { wrist: null }, 'open', 'INVALID_ARGUMENT'],
    ['too little data', { ...frame(), height: 9 }, 'open', 'INVALID_IMAGE'],
    ['a size that is no number', { ...frame(), width: Number.NaN }, 'open', 'INVALID_IMAGE'],
    [
      'floating-point pixels',
      { ...frame(), data: new Float32Array(192).fill(Number.NaN) },
      'open',
      'INVALID_IMAGE',
    ],
    ['an unknown encoding', { ...frame(), encoding: 'bayer_rggb8' }, 'open', 'UNSUPPORTED_ENCODING'],
    ['a capture time that is no number', { ...frame(), capturedAt: Number.NaN }, 'open', 'INVALID_ARGUMENT'],
    ['no instruction', frame(), undefined, 'INVALID_ARGUMENT'],
    ['an empty instruction', frame(), ' ', 'INVALID_ARGUMENT'],
    ['a number for an instruction', frame(), 3, 'INVALID_ARGUMENT'],
    ['an unknown word', frame(), 'open sesame', 'UNKNOWN_WORDS'],
    ['too many words', frame(), 'up '.repeat(9), 'INSTRUCTION_TOO_LONG'],
    ['a token that the model does not have', frame(), 'fail', 'INFERENCE_FAILED'],
  ])('refuses %s, and the next call works', async (_name, image, instruction, expected) => {
    const text = { ...(await textSection()), unknown: 'refuse' };
    const engine = await load(
      await writeBundle({ inputs: { text, cameras: [{ id: 'wrist', resize: { h: 8, w: 8 } }] } }),
    );
    await expect(engine.infer(image as CameraFrame, instruction as string)).rejects.toEqual(code(expected));
    await expectWorking(engine);
    expect((await engine.infer(frame(), 'open')).sequence).toBe(1);
  });

  it('refuses a signal that is none', async () => {
    const engine = await load(await writeBundle());
    const signal = {} as AbortSignal;
    await expect(engine.infer(frame(), 'open', { signal })).rejects.toEqual(code('INVALID_ARGUMENT'));
  });

  it('refuses a model output that is not finite, and the next call works', async () => {
    const engine = await load(model('nan-output'));
    await expect(engine.infer(frame([0, 0, 0]), 'open')).rejects.toMatchObject({
      code: 'INVALID_OUTPUT',
      message: expect.stringContaining('NaN'),
    });
    const chunk = await engine.infer(frame([255, 255, 255]), 'close');
    expect(chunk.at(0).joints[0]).toBeCloseTo(firstJoint(2), 6);
  });

  it('warns once of each unknown word that the policy allows', async () => {
    const said: string[] = [];
    const engine = await load(await writeBundle(), { onWarning: (text) => said.push(text) });
    await engine.infer(frame(), 'open sesame');
    await engine.infer(frame(), 'close Sesame now');
    await engine.infer(frame(), 'open sesame');
    expect(said).toEqual([
      'fixture: the policy never learned the word "sesame"',
      'fixture: the policy never learned the word "Sesame"',
      'fixture: the policy never learned the word "now"',
    ]);
  });

  it('refuses a call when too many wait, and takes one again when there is room', async () => {
    const engine = await load(model('slow'), { queueLimit: 1 });
    const running = engine.infer(frame(), 'work work');
    const waiting = engine.infer(frame(), 'open');
    await expect(engine.infer(frame(), 'open')).rejects.toEqual(code('QUEUE_FULL'));
    await Promise.all([running, waiting]);
    await engine.infer(frame(), 'open');
  });

  it('drops aborted calls, waiting or running, and goes on', async () => {
    const engine = await load(model('slow'));
    const abort = new AbortController();
    const running = engine.infer(frame(), 'work '.repeat(40), { signal: abort.signal });
    const waiting = engine.infer(frame(), 'work '.repeat(500), { signal: abort.signal });
    const next = engine.infer(frame(), 'open');
    abort.abort(new Error('operator'));
    for (const call of [running, waiting])
      await expect(call).rejects.toMatchObject({ code: 'ABORTED', cause: new Error('operator') });
    expect((await next).sequence).toBe(0);
    await expect(engine.infer(frame(), 'open', { signal: abort.signal })).rejects.toEqual(code('ABORTED'));
    await engine.infer(frame(), 'open');
  });

  it('gives up a call at its deadline, and goes on', async () => {
    const engine = await load(model('slow'));
    const late = engine.infer(frame(), 'work '.repeat(100), { deadlineMs: 5 });
    await expect(late).rejects.toEqual(code('DEADLINE_EXCEEDED'));
    await expect(engine.infer(frame(), 'open', { deadlineMs: -1 })).rejects.toEqual(code('INVALID_ARGUMENT'));
    expect((await engine.infer(frame(), 'open')).horizon).toBe(5);
  });
});

describe('JetsonVLAEngine.dispose', () => {
  it('waits for the running call, refuses waiting and later ones, and shares one disposal', async () => {
    const engine = await load(model('slow'));
    const events: string[] = [];
    const running = engine.infer(frame(), 'work '.repeat(5)).then(() => events.push('result'));
    const waiting = engine.infer(frame(), 'open');
    const disposal = engine.dispose().then(() => events.push('disposed'));
    expect(engine.dispose()).toBe(engine.dispose());
    await expect(waiting).rejects.toEqual(code('DISPOSED'));
    await expect(engine.infer(frame(), 'open')).rejects.toEqual(code('DISPOSED'));
    await Promise.all([running, disposal]);
    expect(events).toEqual(['result', 'disposed']);
    await engine.dispose();
  });

  it('waits for an aborted call that still runs in the background', async () => {
    const engine = await load(model('slow'));
    const abort = new AbortController();
    const running = engine.infer(frame(), 'work '.repeat(20), { signal: abort.signal });
    await setImmediate();
    abort.abort();
    const [outcome] = await Promise.allSettled([running, engine.dispose()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: code('ABORTED') });
  });

  it('works through await using', async () => {
    let outside: JetsonVLAEngine;
    {
      await using engine = await JetsonVLAEngine.load(await writeBundle());
      outside = engine;
      await expectWorking(engine);
    }
    await expect(outside.infer(frame(), 'open')).rejects.toEqual(code('DISPOSED'));
  });
});
