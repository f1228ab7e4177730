import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openBundleModel } from '../../lib/engine/bundle-model.js';
import type { LoadOptions } from '../../lib/engine/load-options.js';
import type { Session } from '../../lib/engine/session.js';
import { findTensorRT } from '../../lib/engine/tensorrt-libraries.js';
import { TensorRTSession } from '../../lib/engine/tensorrt-session.js';
import { VLAError, type VLAErrorCode } from '../../lib/errors.js';
import { loadBundle, type PolicyBundle } from '../../lib/policy/bundle.js';
import { rejectionOf } from '../policy/error-of.js';
import { addEngines, writeBundle } from './bundle.js';
import { fakeMachine } from './fake-machine.js';

vi.mock('../../lib/engine/tensorrt-libraries.js', () => ({ findTensorRT: vi.fn() }));
vi.mock('../../lib/engine/tensorrt-session.js', () => ({ TensorRTSession: { load: vi.fn() } }));

const find = vi.mocked(findTensorRT);
const loadEngine = vi.mocked(TensorRTSession.load);

const JETSON = { 'dev/nvmap': '' };

const session: Session = {
  backend: 'tensorrt',
  inputs: [],
  outputs: [],
  acquire: () => ({}),
  release: () => {},
  run: async () => ({ outputs: {}, inferMs: 0 }),
  dispose: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

beforeEach(() => {
  vi.resetAllMocks();
  find.mockResolvedValue({
    libraries: { nvinfer: 'libnvinfer.so.10', cuda: 'libcuda.so.1', backendDirectory: '/', device: 0 },
    info: {
      path: '/libnvinfer.so.10',
      version: '10.3.0',
      standin: true,
      cudaDriverVersion: 12060,
      device: { ordinal: 0, name: 'Orin', computeCapability: '8.7', integrated: true, totalMemoryBytes: 0 },
    },
  });
  // The session is an object with private members in truth, and nothing here looks at them.
  loadEngine.mockResolvedValue(session as TensorRTSession);
});

/** A bundle with the model and these engines; `onnx: false` for engines only. */
async function bundleWith(engines: readonly object[], options = {}): Promise<PolicyBundle> {
  const directory = await writeBundle();
  const content = new TextEncoder().encode('not read by these tests');
  await addEngines(
    directory,
    engines.map((artifact) => ({ content, artifact })),
    options,
  );
  return loadBundle(directory);
}

async function open(bundle: PolicyBundle, options: LoadOptions = {}, files: Record<string, string> = JETSON) {
  const { machine } = await fakeMachine(files);
  const opened = await openBundleModel(bundle, { threads: 1, engineCache: false, ...options }, machine);
  onTestFinished(() => opened.session.dispose());
  return opened;
}

const fail = (code: VLAErrorCode) =>
  new VLAError(code, `first line\n  second line`, { hint: 'Do something.' });

describe('openBundleModel without an engine cache', () => {
  it('runs the engine where there is a GPU', async () => {
    const bundle = await bundleWith([{}]);
    const tensorrt = { graph: false, device: 1 };
    const { session: opened, warnings } = await open(bundle, { tensorrt });
    expect(opened.backend).toBe('tensorrt');
    expect(warnings).toEqual([]);
    expect(find).toHaveBeenCalledWith(expect.objectContaining({ device: 1 }));
    expect(loadEngine).toHaveBeenCalledWith(
      bundle.resolve('engine-0.engine'),
      expect.objectContaining({ tensorrt }),
    );
  });

  it('runs the model without a word, and looks for no TensorRT, where there is no GPU', async () => {
    const { session: opened, warnings } = await open(await bundleWith([{}]), {}, {});
    expect(opened.backend).toBe('onnxruntime');
    expect(warnings).toEqual([]);
    expect(find).not.toHaveBeenCalled();
  });

  it('looks for TensorRT without a sign of a GPU when it is told where the driver is', async () => {
    const { session: opened } = await open(await bundleWith([{}]), { tensorrt: { cuda: 'libcuda.so' } }, {});
    expect(opened.backend).toBe('tensorrt');
  });

  it.each([
    ['a bundle without engines', [], {}],
    ['the backend onnxruntime', [{}], { backend: 'onnxruntime' as const }],
    ['a precision that only the model has', [{ precision: 'float16' }], { precision: 'float32' }],
  ])('runs the model and looks for no TensorRT with %s', async (_what, engines, options) => {
    const { session: opened } = await open(await bundleWith(engines), options);
    expect(opened.backend).toBe('onnxruntime');
    expect(find).not.toHaveBeenCalled();
  });

  it.each([
    'ADDON_UNAVAILABLE',
    'CUDA_DRIVER_NOT_FOUND',
    'CUDA_FAILED',
    'TENSORRT_NOT_FOUND',
    'TENSORRT_UNSUPPORTED_VERSION',
    'TENSORRT_FAILED',
    'STANDIN_BUILD',
  ] as const)('runs the model instead on %s, and says why in one line', async (code) => {
    find.mockRejectedValue(fail(code));
    const { session: opened, warnings } = await open(await bundleWith([{}]));
    expect(opened.backend).toBe('onnxruntime');
    expect(warnings).toEqual([
      `runs on ONNX Runtime, because its TensorRT engine cannot be used here: [${code}] first line; second line (Do something.)`,
    ]);
  });

  it.each(['ENGINE_VERSION_MISMATCH', 'ENGINE_DEVICE_MISMATCH'] as const)(
    'runs the model instead when the engine itself turns out to be another: %s',
    async (code) => {
      loadEngine.mockRejectedValue(fail(code));
      const { session: opened, warnings } = await open(await bundleWith([{}]));
      expect(opened.backend).toBe('onnxruntime');
      expect(warnings).toEqual([expect.stringContaining(code)]);
    },
  );

  it('runs the model instead when the manifest says that no engine fits, without reading one', async () => {
    const { session: opened, warnings } = await open(await bundleWith([{ sm: '8.6' }]));
    expect(opened.backend).toBe('onnxruntime');
    expect(warnings).toEqual([expect.stringContaining('ENGINE_DEVICE_MISMATCH')]);
    expect(loadEngine).not.toHaveBeenCalled();
  });

  it.each(['ENGINE_CORRUPT', 'OUT_OF_DEVICE_MEMORY', 'INVALID_ARGUMENT'] as const)(
    'hides no %s',
    async (code) => {
      loadEngine.mockRejectedValue(fail(code));
      await expect(open(await bundleWith([{}]))).rejects.toMatchObject({ code });
    },
  );

  it('hides no engine whose checksum is wrong, and does not load it', async () => {
    const bundle = await bundleWith([{ sha256: '0'.repeat(64) }]);
    await expect(open(bundle)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(loadEngine).not.toHaveBeenCalled();
  });

  it('hides no error with the backend tensorrt, nor when there are only engines', async () => {
    find.mockRejectedValue(fail('TENSORRT_NOT_FOUND'));
    const both = await bundleWith([{}]);
    await expect(open(both, { backend: 'tensorrt' }, {})).rejects.toMatchObject({
      code: 'TENSORRT_NOT_FOUND',
    });
    const enginesOnly = await bundleWith([{}], { onnx: false });
    await expect(open(enginesOnly, {}, {})).rejects.toMatchObject({ code: 'TENSORRT_NOT_FOUND' });
  });

  it('reports both reasons when neither backend runs', async () => {
    find.mockRejectedValue(fail('TENSORRT_NOT_FOUND'));
    const { OnnxRuntimeSession } = await import('../../lib/engine/onnxruntime-session.js');
    const noRuntime = new VLAError('BACKEND_UNAVAILABLE', 'onnxruntime-node is missing', {
      hint: 'Install it.',
    });
    const spy = vi.spyOn(OnnxRuntimeSession, 'load').mockRejectedValue(noRuntime);
    onTestFinished(() => spy.mockRestore());
    const error = await rejectionOf(open(await bundleWith([{}])));
    expect(error.code).toBe('BACKEND_UNAVAILABLE');
    expect(error.message).toMatch(/TensorRT: first line.*ONNX Runtime: onnxruntime-node is missing/s);
    expect(error.hint).toBe('Do something. Install it.');
  });

  it('refuses a backend that the bundle has nothing for', async () => {
    await expect(open(await bundleWith([]), { backend: 'tensorrt' })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      hint: expect.stringContaining('npx jetson-vla build'),
    });
    const enginesOnly = await bundleWith([{}], { onnx: false });
    await expect(open(enginesOnly, { backend: 'onnxruntime' })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
  });

  it('refuses a precision that the bundle does not have, and lists those that it has', async () => {
    const bundle = await bundleWith([{ precision: 'float16' }]);
    await expect(open(bundle, { precision: 'int8' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/onnx float32.*engine float16/),
    });
    await expect(open(bundle, { precision: 'float32', backend: 'tensorrt' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('openBundleModel without an engine cache, with several engines', () => {
  const engines = [{ sm: '11.0' }, {}, { tensorrt: '10.3.0', sm: '8.7' }];

  it('opens the one that was built for this machine', async () => {
    const bundle = await bundleWith(engines);
    await open(bundle);
    expect(loadEngine.mock.calls.map(([file]) => file)).toEqual([bundle.resolve('engine-2.engine')]);
  });

  it('opens the next one when TensorRT finds that the first does not fit', async () => {
    loadEngine.mockRejectedValueOnce(fail('ENGINE_VERSION_MISMATCH'));
    const bundle = await bundleWith(engines);
    const { session: opened, warnings } = await open(bundle);
    expect(opened.backend).toBe('tensorrt');
    expect(warnings).toEqual([]);
    expect(loadEngine.mock.calls.map(([file]) => file)).toEqual([
      bundle.resolve('engine-2.engine'),
      bundle.resolve('engine-1.engine'),
    ]);
  });

  it('reports every one that does not fit', async () => {
    loadEngine
      .mockRejectedValueOnce(new VLAError('ENGINE_VERSION_MISMATCH', 'built by 10.4'))
      .mockRejectedValueOnce(new VLAError('ENGINE_DEVICE_MISMATCH', 'built for 8.6'));
    const error = await rejectionOf(open(await bundleWith(engines), { backend: 'tensorrt' }));
    expect(error.code).toBe('ENGINE_VERSION_MISMATCH');
    expect(error.message).toBe('built by 10.4\nbuilt for 8.6');
  });

  it('opens the one of the precision that is asked for', async () => {
    const bundle = await bundleWith([{ precision: 'float16' }, { precision: 'int8' }]);
    await open(bundle, { precision: 'int8' });
    expect(loadEngine.mock.calls.map(([file]) => file)).toEqual([bundle.resolve('engine-1.engine')]);
  });
});
