import { describe, expect, it } from 'vitest';
import { installCudaDriver, installTensorRT } from '../../lib/engine/jetpack.js';
import { fakeMachine } from './fake-machine.js';

const release = (major: number, revision: string) => ({
  'etc/nv_tegra_release': `# R${major} (release), REVISION: ${revision}, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan  8 01:49:37 UTC 2025\n`,
});
const orin = { 'proc/device-tree/model': 'NVIDIA Jetson AGX Orin Developer Kit\0' };
const container = { '.dockerenv': '' };

const hintFor = async (files: Record<string, string>, env = {}) =>
  installTensorRT((await fakeMachine(files, env)).machine);

describe('installTensorRT', () => {
  it.each([
    [release(32, '7.4'), 'JetPack 4 or older', '8.2 or older', 'It needs TensorRT 8.5'],
    [release(35, '1.0'), 'JetPack 5.0', '8.4', 'It needs TensorRT 8.5'],
    [release(35, '2.1'), 'JetPack 5.1', '8.5', 'libnvinfer8'],
    [release(35, '6.0'), 'JetPack 5.1', '8.5', 'libnvinfer8'],
    [release(36, '3.0'), 'JetPack 6.0', '8.6', 'libnvinfer8'],
    [release(36, '4.0'), 'JetPack 6.1 or 6.2', '10.3', 'libnvinfer10'],
    [release(36, '4.3'), 'JetPack 6.1 or 6.2', '10.3', 'libnvinfer10'],
    [release(38, '2.0'), 'JetPack 7.0 or 7.1', '10.13', 'libnvinfer10'],
    [release(38, '4.0'), 'JetPack 7.0 or 7.1', '10.13', 'libnvinfer10'],
    [release(39, '0.0'), 'JetPack 7.2', '11', 'nvidia-jetpack'],
  ])('names the TensorRT of the JetPack that %j is', async (files, jetpack, tensorrt, remedy) => {
    const hint = await hintFor({ ...orin, ...files });
    expect(hint).toContain('NVIDIA Jetson AGX Orin Developer Kit');
    for (const part of [jetpack, tensorrt, remedy, 'sudo apt install']) expect(hint).toContain(part);
    expect(hint).not.toMatch(/container|onnxruntime/);
  });

  it('names every JetPack when it cannot tell which one this Jetson has', async () => {
    for (const files of [orin, { ...orin, 'etc/nv_tegra_release': 'unknown\n' }]) {
      const hint = await hintFor(files);
      for (const part of ['5.1', '8.5', '6.0', '8.6', '6.2', '10.3', '7.2.2', '11'])
        expect(hint).toContain(part);
    }
  });

  it('names the NVIDIA runtime in a container, and the JetPack on a Jetson too', async () => {
    const onJetson = await hintFor({ ...orin, ...container });
    expect(onJetson).toMatch(/--runtime nvidia.*JetPack 5\.1/);
    expect(onJetson).not.toContain('onnxruntime');
    expect(await hintFor({ 'run/.containerenv': '' })).toMatch(/--runtime nvidia.*onnxruntime/);
    expect(await hintFor({}, { container: 'podman' })).toContain('--runtime nvidia');
  });

  it('names ONNX Runtime on a laptop', async () => {
    const hint = await hintFor({ 'proc/device-tree/model': 'Raspberry Pi 5\0' });
    expect(hint).toContain("backend 'onnxruntime'");
    expect(hint).not.toMatch(/JetPack|--runtime/);
  });
});

describe('installCudaDriver', () => {
  it.each([
    ['a Jetson', orin, 'nvidia-l4t-cuda'],
    ['a container on a Jetson', { ...orin, ...container }, '--runtime nvidia'],
    ['a container on a PC', container, '--gpus all'],
    ['a PC', {}, 'nvidia-smi'],
  ])('says what %s needs', async (_what, files, remedy) => {
    expect(installCudaDriver((await fakeMachine(files)).machine)).toContain(remedy);
  });
});
