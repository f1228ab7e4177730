import { describe, expect, it } from 'vitest';
import type { Requirement } from '../../lib/doctor/examination.js';
import { examineMachine } from '../../lib/doctor/examine-machine.js';
import type { Finding } from '../../lib/doctor/finding.js';
import {
  combine,
  headers,
  library,
  MACHINES,
  type MachineName,
  machineWith,
  memory,
  powerModes,
  tensorRT,
} from './machines.js';

const ARM64 = 'usr/lib/aarch64-linux-gnu';

async function findings(name: MachineName, ...require: Requirement[]): Promise<Finding[]> {
  return await examineMachine(await machineWith(MACHINES[name]), { require });
}

const lines = (found: readonly Finding[], ...levels: Finding['level'][]) =>
  found.filter(({ level }) => levels.includes(level)).map(({ topic, message }) => `${topic}: ${message}`);

const every = (found: readonly Finding[]) => lines(found, 'ok', 'warn', 'fail').join('\n');

describe('the doctor', () => {
  it.each(['laptop with Ubuntu 24.04', 'laptop with Debian 12', 'container on a laptop'] as const)(
    'finds a %s healthy: policies run on ONNX Runtime',
    async (name) => {
      const found = await findings(name);
      expect(lines(found, 'warn', 'fail')).toEqual([]);
      expect(every(found)).toContain('GPU: no NVIDIA GPU: policies run on ONNX Runtime');
      expect(every(found)).not.toMatch(/board:|JetPack:|power mode:/);
    },
  );

  it.each([
    [
      'AGX Xavier, JetPack 5.1.2',
      'Jetson-AGX (Xavier)',
      'JetPack 5.1 (Jetson Linux 35.4.1)',
      '8.5.2',
      '5.1.2-b104',
      '7.2',
    ],
    [
      'AGX Orin, JetPack 6.0',
      'AGX Orin Developer Kit (Orin)',
      'JetPack 6.0 (Jetson Linux 36.3.0)',
      '8.6.2',
      '6.0+b106',
      '8.7',
    ],
    [
      'Orin Nano, JetPack 6.2',
      'Super (Orin)',
      'JetPack 6.1 or 6.2 (Jetson Linux 36.4.3)',
      '10.3.0',
      '6.2+b77',
      '8.7',
    ],
    [
      'AGX Thor, JetPack 7.2',
      'Thor Developer Kit (Thor)',
      'JetPack 7.2 or newer (Jetson Linux 39.2.0)',
      '10.16.2',
      '7.2-b187',
      '11.0',
    ],
  ] as const)('knows what an %s has', async (name, board, jetpack, tensorrt, apt, capability) => {
    const found = await findings(name);
    expect(lines(found, 'fail')).toEqual([]);
    const said = lines(found, 'ok');
    expect(said).toContainEqual(expect.stringMatching(/^board: /));
    expect(said.join('\n')).toContain(board);
    expect(said).toContainEqual(expect.stringContaining(`JetPack: ${jetpack}`));
    expect(said).toContain(`JetPack: package nvidia-jetpack ${apt}`);
    expect(said).toContain(`TensorRT: ${tensorrt}: /${ARM64}/libnvinfer.so.${tensorrt}`);
    expect(said).toContain(`TensorRT headers: ${tensorrt}, for build-native`);
    expect(said).toContainEqual(expect.stringMatching(/^ONNX parser: beside/));
    expect(said).toContainEqual(expect.stringMatching(/^CUDA driver: .*\/libcuda\.so\.1\.1$/));
    expect(said).toContainEqual(expect.stringContaining(`compute capability ${capability}`));
  });

  it('takes TensorRT without the package of JetPack for enough, and names a ROS that is not sourced', async () => {
    const found = await findings('AGX Thor, JetPack 7.0');
    expect(lines(found, 'ok')).toContain('JetPack: the package nvidia-jetpack is not installed; TensorRT is');
    expect(found).toContainEqual(
      expect.objectContaining({ level: 'ok', topic: 'ROS 2', remedy: 'source /opt/ros/jazzy/setup.bash' }),
    );
  });

  it('names the faster power mode of each board by its number there', async () => {
    const modes = async (name: MachineName) =>
      (await findings(name)).filter(({ topic }) => topic === 'power mode');
    expect(await modes('Orin Nano, JetPack 6.2')).toEqual([
      {
        level: 'warn',
        topic: 'power mode',
        message: '25W (1); MAXN_SUPER (2) is faster',
        remedy: 'sudo nvpmodel -m 2',
      },
    ]);
    // No mode was ever chosen: the default one holds.
    expect(await modes('AGX Thor, JetPack 7.0')).toMatchObject([
      { level: 'warn', message: '120W (1); MAXN (0) is faster', remedy: 'sudo nvpmodel -m 0' },
    ]);
    expect(await modes('AGX Orin, JetPack 6.0')).toMatchObject([
      { level: 'ok', message: 'MAXN (0), the fastest of this board' },
    ]);
  });

  it('sends a Jetson that has only been flashed to setup-jetson', async () => {
    const found = await findings('freshly flashed Orin Nano, JetPack 6.2');
    expect(found).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        topic: 'JetPack',
        remedy: expect.stringContaining('setup-jetson'),
      }),
    );
    expect(found).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        topic: 'TensorRT',
        remedy: expect.stringContaining('libnvinfer10'),
      }),
    );
    expect(lines(found, 'fail')).toEqual([]);
  });

  it('tells a container on a Jetson that lacks --runtime nvidia from one that has it', async () => {
    const without = await findings('container on an Orin without its GPU');
    expect(without).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        topic: 'container',
        remedy: 'Start it with --runtime nvidia.',
      }),
    );
    expect(without).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        topic: 'CUDA driver',
        remedy: expect.stringContaining('--runtime nvidia'),
      }),
    );
    const given = await findings('container on an Orin');
    expect(lines(given, 'warn', 'fail')).toEqual([]);
    expect(lines(given, 'ok')).toContain('container: yes, and it is given an NVIDIA GPU');
    expect(every(given)).toContain('the container does not have /etc/nv_tegra_release');
  });

  it('names the graphics card and its driver by what the kernel says', async () => {
    const found = await findings('laptop with an NVIDIA GPU');
    expect(lines(found, 'ok')).toContain('GPU: NVIDIA GeForce RTX 4060 Laptop GPU, driver 580.95.05');
    expect(lines(found, 'ok')).toContain('CUDA driver: /usr/lib/x86_64-linux-gnu/libcuda.so.580.95.05');
    expect(lines(found, 'warn')).toEqual(['TensorRT: none that could be used']);
    const inContainer = await findings('container on a laptop with its GPU');
    expect(lines(inContainer, 'warn', 'fail')).toEqual([]);
  });

  it('warns of a JetPack whose TensorRT is too old, and counts that TensorRT as none', async () => {
    const found = await findings('Jetson Nano, JetPack 4.6');
    expect(found).toContainEqual(
      expect.objectContaining({ level: 'warn', topic: 'JetPack', remedy: 'Flash a newer JetPack.' }),
    );
    expect(lines(found, 'warn')).toContainEqual(expect.stringMatching(/^TensorRT: 8\.2\.1: .*drives 8\.5/));
    expect(lines(found, 'warn')).toContain('TensorRT: none that could be used');
  });

  it('lists every TensorRT, says which comes first, and warns', async () => {
    const machine = await machineWith(
      combine(
        MACHINES['Orin Nano, JetPack 6.2'],
        tensorRT('8.6.2'),
        { files: { 'usr/local/lib/python3.10/dist-packages/tensorrt_libs/libnvinfer.so.10': 'ELF' } },
        library(ARM64, 'libnvinfer_lean', '10.3.0'),
      ),
    );
    const found = await examineMachine(machine);
    expect(lines(found, 'warn')).toContain(
      `TensorRT: 3 are installed; /${ARM64}/libnvinfer.so.10.3.0 comes first`,
    );
    expect(lines(found, 'ok').filter((line) => line.startsWith('TensorRT: '))).toEqual([
      `TensorRT: 10.3.0: /${ARM64}/libnvinfer.so.10.3.0`,
      `TensorRT: 8.6.2: /${ARM64}/libnvinfer.so.8.6.2`,
      `TensorRT: 10.3.0 (lean: runs version-compatible engines only): /${ARM64}/libnvinfer_lean.so.10.3.0`,
      'TensorRT: 10: /usr/local/lib/python3.10/dist-packages/tensorrt_libs/libnvinfer.so.10',
    ]);
  });

  it('warns of a TensorRT without an ONNX parser: it builds no engines', async () => {
    const { files, links } = MACHINES['AGX Thor, JetPack 7.2'];
    const kept = (record: Readonly<Record<string, string>> = {}) =>
      Object.fromEntries(Object.entries(record).filter(([name]) => !name.includes('nvonnxparser')));
    const found = await examineMachine(await machineWith({ files: kept(files), links: kept(links) }));
    expect(lines(found, 'warn')).toContainEqual(
      expect.stringMatching(/^ONNX parser: no libnvonnxparser\.so\.10/),
    );
  });

  it('warns where little memory is free, also when a container gets little of much', async () => {
    expect(lines(await findings('Orin Nano, JetPack 6.2'), 'warn')).toContainEqual(
      expect.stringMatching(/^memory: 1\.3 GiB free of 7\.4 GiB, 3\.7 GiB of swap: building engines/),
    );
    const limited = await machineWith(
      combine(MACHINES['container on a laptop'], {
        files: {
          'proc/meminfo': memory(32, 24, 0),
          'sys/fs/cgroup/memory.max': `${3 * 2 ** 30}\n`,
          'sys/fs/cgroup/memory.current': `${2 * 2 ** 30}\n`,
        },
      }),
    );
    expect(lines(await examineMachine(limited), 'warn')).toContainEqual(
      expect.stringMatching(
        /^memory: 1\.0 GiB free of 32\.0 GiB \(the container is limited to 3\.0 GiB\), no swap/,
      ),
    );
  });

  it('warns of clocks that are held down, and of a board whose power modes are not known', async () => {
    const throttled = await machineWith(
      combine(MACHINES['AGX Thor, JetPack 7.2'], {
        files: {
          'sys/class/thermal/cooling_device0/type': 'cpufreq-cpu0\n',
          'sys/class/thermal/cooling_device0/cur_state': '2\n',
        },
      }),
    );
    expect(lines(await examineMachine(throttled), 'warn')).toContain('clocks: held down now by cpufreq-cpu0');
    const { files, links } = MACHINES['AGX Thor, JetPack 7.2'];
    const {
      'etc/nvpmodel.conf': _conf,
      'var/lib/nvpmodel/status': _status,
      ...others
    } = files as Record<string, string>;
    const unknown = await examineMachine(await machineWith({ files: others, ...(links && { links }) }));
    expect(lines(unknown, 'warn')).toContainEqual(expect.stringMatching(/^power mode: not known/));
  });

  it('fails for what was required and is not there, and for nothing else', async () => {
    const name = 'laptop with Debian 12';
    expect(lines(await findings(name, 'tensorrt'), 'fail')).toEqual([
      expect.stringContaining('GPU: no NVIDIA GPU'),
      expect.stringContaining('TensorRT: not installed'),
    ]);
    expect(lines(await findings(name, 'ros'), 'fail')).toEqual([
      expect.stringMatching(/^ROS 2: not installed/),
    ]);
    expect(lines(await findings(name, 'python'), 'fail')).toEqual([]);
    const bare = await machineWith({ files: {} });
    expect(lines(await examineMachine(bare, { require: ['python'] }), 'fail')).toEqual([
      expect.stringMatching(/^Python: not installed/),
    ]);
    expect(lines(await findings('Orin Nano, JetPack 6.2', 'tensorrt'), 'fail')).toEqual([]);
  });

  it('reads headers whose version stands behind another name', async () => {
    const machine = await machineWith(combine(MACHINES['AGX Thor, JetPack 7.0'], headers('10.14.1')));
    expect(lines(await examineMachine(machine), 'ok')).toContain(
      'TensorRT headers: 10.14.1, for build-native',
    );
  });

  it('says something true of a directory that holds no system at all', async () => {
    const found = await examineMachine(await machineWith({ files: {} }));
    expect(lines(found, 'fail', 'warn')).toEqual([]);
    expect(found.map(({ topic }) => topic)).toContain('system');
  });

  it('takes a board without MAXN for one whose fastest mode has most watts', async () => {
    const machine = await machineWith(
      combine(
        MACHINES['AGX Xavier, JetPack 5.1.2'],
        powerModes(['MODE_15W_2CORE', 'MODE_10W_4CORE', 'MODE_20W_6CORE'], 0),
      ),
    );
    expect(await examineMachine(machine)).toContainEqual(
      expect.objectContaining({ topic: 'power mode', remedy: 'sudo nvpmodel -m 2' }),
    );
  });
});
