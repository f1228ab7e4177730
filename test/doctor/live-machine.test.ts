import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Requirement } from '../../lib/doctor/examination.js';
import { examineMachine } from '../../lib/doctor/examine-machine.js';
import type { Finding } from '../../lib/doctor/finding.js';
import { type LiveMachine, liveMachine } from '../../lib/doctor/live-machine.js';
import { OLDEST_NODE } from '../../lib/doctor/node-version.js';
import { tryOnnxRuntime } from '../../lib/doctor/onnxruntime-probe.js';
import { findTensorRT } from '../../lib/engine/tensorrt-libraries.js';
import { VLAError } from '../../lib/errors.js';
import { DRIVER, type FakeMachine, fakeMachine, SYSTEM } from '../engine/fake-machine.js';
import { temporaryDirectory } from '../engine/fixtures.js';

const GPU = {
  ...DRIVER,
  'dev/nvhost-gpu': '',
  'proc/device-tree/model': 'NVIDIA Jetson AGX Orin Developer Kit\0',
};
const noPython = new VLAError('PYTHON_UNAVAILABLE', 'not there');

/** A process on a fake machine: everything in order, but for what the test changes. */
async function doctor(
  fake: FakeMachine,
  changes: Partial<LiveMachine> = {},
  require: readonly Requirement[] = [],
): Promise<Finding[]> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'package.json'), '{}');
  const live: LiveMachine = {
    platform: 'linux',
    node: '22.14.0',
    glibc: '2.35',
    directory,
    addon: () => join(fake.backendDirectory, 'jetson-vla.node'),
    tensorrt: () => findTensorRT({}, fake).catch((error) => error),
    onnxRuntime: async () => ({ problem: undefined }),
    python: async (name) => ({ executable: `/usr/bin/${name}`, version: '3.10.12', packages: {} }),
    hasVenv: async () => true,
    ...changes,
  };
  return await examineMachine(fake.machine, { live, require });
}

const of = (found: readonly Finding[], topic: string) => found.filter((finding) => finding.topic === topic);

describe('the doctor in a running process', () => {
  it('opens TensorRT and the driver, and says what they say', async () => {
    const fake = await fakeMachine({
      ...GPU,
      [`${SYSTEM}/libnvinfer.so.10`]: 'version 10.3.0',
      [`${SYSTEM}/libnvonnxparser.so.10`]: 'ok',
      'backends/jetson_vla_trt10.so': '',
    });
    const found = await doctor(fake, {}, ['tensorrt']);
    expect(found.filter(({ level }) => level === 'fail')).toEqual([]);
    expect(of(found, 'GPU')).toMatchObject([{ message: expect.stringContaining('compute capability 8.7') }]);
    expect(of(found, 'CUDA driver')).toMatchObject([
      { level: 'ok', message: 'CUDA 12.6, opened: libcuda.so.1' },
    ]);
    expect(of(found, 'TensorRT')).toContainEqual(
      expect.objectContaining({
        level: 'ok',
        message: expect.stringMatching(/^10\.3\.0 opens with this driver/),
      }),
    );
    expect(of(found, 'native addon')).toMatchObject([
      { message: expect.stringContaining('drives TensorRT 10:') },
    ]);
  });

  it('survives a TensorRT that crashes, and fails for it where TensorRT was required', async () => {
    const fake = await fakeMachine({ ...GPU, 'loader/libnvinfer.so.10': 'crash' });
    const found = of(await doctor(fake, {}, ['tensorrt']), 'TensorRT');
    expect(found).toMatchObject([
      { level: 'ok', message: expect.stringContaining('loader/libnvinfer.so.10') },
      {
        level: 'fail',
        message:
          'no TensorRT library that can be used; tried:\n  libnvinfer.so.10: it crashed the process that tried it (SIGSEGV)',
        remedy: expect.stringContaining('JetPack'),
      },
    ]);
  });

  it('blames the driver, not TensorRT, where there is none', async () => {
    const fake = await fakeMachine({ 'dev/nvidia0': '', [`${SYSTEM}/libnvinfer.so.10`]: 'ok' });
    const found = await doctor(fake);
    expect(of(found, 'CUDA driver')).toMatchObject([
      { level: 'warn', remedy: expect.stringContaining('nvidia-smi') },
    ]);
    expect(of(found, 'TensorRT').map(({ message }) => message)).toContain(
      'not opened: it needs a CUDA driver that works',
    );
  });

  it('opens nothing where there is no sign of a GPU', async () => {
    const fake = await fakeMachine({});
    const found = await doctor(fake, { tensorrt: () => Promise.reject(new Error('must not be called')) });
    expect(of(found, 'TensorRT')).toMatchObject([{ level: 'ok' }]);
  });

  it('says why the addon does not load, and what it was not built for', async () => {
    const broken = new VLAError('ADDON_UNAVAILABLE', 'built for arm64', {
      hint: 'npx jetson-vla build-native',
    });
    const fake = await fakeMachine({
      ...GPU,
      [`${SYSTEM}/libnvinfer.so.8`]: 'version 8.6.2',
      'backends/jetson_vla_trt10.so': '',
    });
    const found = await doctor(fake, { addon: () => broken, tensorrt: async () => broken });
    expect(of(found, 'native addon')).toEqual([
      {
        level: 'warn',
        topic: 'native addon',
        message: 'built for arm64',
        remedy: 'npx jetson-vla build-native',
      },
    ]);
    expect(of(await doctor(fake), 'native addon')).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'it was built without TensorRT 8' }),
    );
  });

  it('fails for an ONNX Runtime that does not work, unless TensorRT does', async () => {
    const onnxRuntime = async () => ({ problem: 'Error: libstdc++ is too old' });
    const laptop = await fakeMachine({});
    expect(of(await doctor(laptop, { onnxRuntime }), 'ONNX Runtime')).toMatchObject([
      { level: 'fail', message: expect.stringContaining('libstdc++ is too old') },
    ]);
    const jetson = await fakeMachine({ ...GPU, 'loader/libnvinfer.so.10': 'ok' });
    expect(of(await doctor(jetson, { onnxRuntime }), 'ONNX Runtime')).toMatchObject([{ level: 'warn' }]);
  });

  it('refuses a Node that is too old, and no other', async () => {
    const fake = await fakeMachine({});
    const levels = async (node: string) =>
      of(await doctor(fake, { node }), 'Node.js').map(({ level }) => level);
    expect(await levels('20.19.9')).toEqual(['fail']);
    expect(await levels('18.20.8')).toEqual(['fail']);
    for (const node of [`${OLDEST_NODE}.0`, '22.1.0', '24.0.0']) expect(await levels(node)).toEqual(['ok']);
  });

  it('warns of a Linux without glibc, and takes another system for what it is', async () => {
    const fake = await fakeMachine({});
    expect(of(await doctor(fake, { glibc: undefined }), 'C library')).toMatchObject([{ level: 'warn' }]);
    expect(of(await doctor(fake, { platform: 'darwin', glibc: undefined }), 'C library')).toMatchObject([
      { level: 'ok', message: expect.stringContaining('darwin') },
    ]);
  });

  it('takes the first Python that is new enough, and says what one of them lacks', async () => {
    const fake = await fakeMachine({});
    const versions: Record<string, string> = { python3: '3.8.10', 'python3.11': '3.11.9' };
    const python: LiveMachine['python'] = async (name) => {
      const version = versions[name];
      if (version === undefined) throw noPython;
      return { executable: `/usr/bin/${name}`, version, packages: {} };
    };
    expect(of(await doctor(fake, { python }), 'Python')[0]).toMatchObject({
      message: '3.11.9: /usr/bin/python3.11',
    });
    const withoutVenv = await doctor(fake, { python, hasVenv: async () => false }, ['python']);
    expect(of(withoutVenv, 'Python')[0]).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('venv'),
      remedy: expect.stringContaining('python3-venv'),
    });
    const none = await doctor(fake, { python: () => Promise.reject(noPython) });
    expect(of(none, 'Python')[0]).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('not installed'),
    });
    delete versions['python3.11'];
    const old = await doctor(fake, { python }, ['python']);
    expect(of(old, 'Python')[0]).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('python3 is 3.8.10'),
    });
  });

  it('warns of the Python that the user named when it does not start', async () => {
    const fake = await fakeMachine({}, { JETSON_VLA_PYTHON: '/opt/python' });
    const found = await doctor(fake, { python: () => Promise.reject(noPython) });
    expect(of(found, 'Python')).toEqual([
      { level: 'warn', topic: 'Python', message: 'JETSON_VLA_PYTHON: not there' },
    ]);
  });

  it('says what is wrong with a ROS that is sourced', async () => {
    const fake = await fakeMachine({ 'opt/ros/humble/setup.bash': '' }, { ROS_DISTRO: 'humble' });
    expect(of(await doctor(fake), 'ROS 2')).toMatchObject([
      { level: 'ok', message: expect.stringContaining('AMENT_PREFIX_PATH') },
    ]);
    expect(of(await doctor(fake, {}, ['ros']), 'ROS 2')).toMatchObject([
      { level: 'fail', remedy: expect.stringMatching(/^source .*\/opt\/ros\/humble\/setup\./) },
    ]);
    const whole = await fakeMachine({ 'opt/ros/humble/lib/librcl.so': '' });
    const prefix = join(whole.root, 'opt/ros/humble');
    const sourced = {
      ...whole,
      machine: {
        ...whole.machine,
        env: { ...whole.machine.env, ROS_DISTRO: 'humble', AMENT_PREFIX_PATH: prefix },
      },
    };
    expect(of(await doctor(sourced, {}, ['ros']), 'ROS 2')).toMatchObject([
      { level: 'ok', message: 'humble is sourced' },
      { level: 'fail', remedy: expect.stringContaining('npm install rclnodejs') },
    ]);
  });

  it('finds packages in the project above the working directory', async () => {
    const project = await temporaryDirectory();
    const folder = join(project, 'node_modules', 'rclnodejs');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"version":"2.2.1"}');
    await mkdir(join(project, 'robot'));
    const found = await doctor(await fakeMachine({}), { directory: join(project, 'robot') });
    expect(of(found, 'rclnodejs')).toMatchObject([{ level: 'ok', message: '2.2.1' }]);
  });

  it("knows the tools' own environment once it is whole", async () => {
    const directory = await temporaryDirectory();
    const folder = join(directory, '.jetson-vla', 'python');
    await mkdir(join(folder, 'bin'), { recursive: true });
    await writeFile(join(directory, 'package.json'), '{}');
    await writeFile(join(folder, 'bin', 'python'), '');
    const fake = await fakeMachine({});
    const said = async () => of(await doctor(fake, { directory }), 'Python').at(-1)?.message;
    expect(await said()).toContain('no environment yet');
    await writeFile(join(folder, '.installed-requirements.lock'), 'sha256');
    expect(await said()).toContain(join(folder, 'bin', 'python'));
  });

  it('warns of a cache directory that cannot be written', async () => {
    const fake = await fakeMachine({}, { JETSON_VLA_CACHE_DIR: '/proc/jetson-vla' });
    expect(of(await doctor(fake), 'cache directory')).toMatchObject([{ level: 'warn' }]);
  });
});

describe('tryOnnxRuntime', () => {
  const child = async (source: string) => {
    const file = join(await temporaryDirectory(), 'child.mjs');
    await writeFile(file, source);
    return file;
  };

  it('runs a model', async () => {
    expect(await tryOnnxRuntime(30_000)).toEqual({ problem: undefined });
  });

  it('says why it cannot, in the words of the error', async () => {
    expect(await tryOnnxRuntime(30_000, await child("await import('onnxruntime-missing');"))).toEqual({
      problem: expect.stringContaining("Cannot find package 'onnxruntime-missing'"),
    });
    expect(
      await tryOnnxRuntime(
        30_000,
        await child('process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 9e5);'),
      ),
    ).toEqual({
      problem: expect.stringContaining('SIGSEGV'),
    });
    expect(await tryOnnxRuntime(30_000, await child('console.log("[0]")'))).toEqual({
      problem: 'it adds wrongly: [0]',
    });
  });

  it('does not wait for one that hangs', async () => {
    expect(await tryOnnxRuntime(300, await child('setInterval(() => {}, 9e5);'))).toEqual({
      problem: 'it did not answer within 0.3 s',
    });
  });
});

describe('liveMachine', () => {
  it('knows this process', () => {
    expect(liveMachine()).toMatchObject({ platform: process.platform, node: process.versions.node });
  });
});
