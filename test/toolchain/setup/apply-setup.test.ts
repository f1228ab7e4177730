import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type ApplyOnTerminal, applyOnTerminal } from '../../../lib/cli/setup-apply.js';
import type { Machine } from '../../../lib/engine/machine.js';
import type { CommandEnding } from '../../../lib/toolchain/setup/apply-setup.js';
import { planSetup, type SetupOptions } from '../../../lib/toolchain/setup/plan-setup.js';
import { asUser } from '../../../lib/toolchain/setup/setup-step.js';
import {
  dpkg,
  MACHINES,
  type MachineFiles,
  type MachineName,
  machineWith,
  tensorRT,
} from '../../doctor/machines.js';
import { targetOf } from './target-of.js';

/** What commands do to a Jetson, as far as the plan looks. */
class FakeJetson {
  readonly ran: string[] = [];
  readonly machine: Machine;
  #packages: Record<string, string> = { 'nvidia-l4t-core': '36.4.3' };
  /** Answers instead of carrying the command out. */
  answer: (command: string) => CommandEnding | undefined = () => undefined;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  static async of(name: MachineName): Promise<FakeJetson> {
    return new FakeJetson(await machineWith(MACHINES[name]));
  }

  readonly run = async (argv: readonly string[]): Promise<CommandEnding> => {
    const command = argv.join(' ');
    this.ran.push(command);
    const answer = this.answer(command);
    if (answer !== undefined) return answer;
    const [, program, first, , ...packages] = argv;
    if (program === 'apt-get' && first === 'install') await this.#install(packages);
    if (program === 'bash' && command.includes('ros2-apt-source')) await this.#install(['ros2-apt-source']);
    if (program === 'nvpmodel')
      await this.#write({ files: { 'var/lib/nvpmodel/status': `pmode:000${argv[3]}\n` } });
    return 0;
  };

  async #install(packages: readonly string[]): Promise<void> {
    for (const name of packages) this.#packages[name] = '1.0';
    await this.#write(dpkg(this.#packages));
    if (packages.includes('nvidia-jetpack')) {
      const { files } = tensorRT('10.3.0');
      await this.#write({ files });
      const folder = join(this.machine.root, 'usr/lib/aarch64-linux-gnu');
      await writeFile(join(folder, 'libnvonnxparser.so.10'), 'ELF');
    }
  }

  async #write({ files }: Pick<MachineFiles, 'files'>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.machine.root, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }
}

interface Terminal {
  readonly input: PassThrough & { isTTY?: boolean };
  readonly output: PassThrough;
  shown(): string;
}

function terminal(isTTY: boolean): Terminal {
  const output = new PassThrough();
  const input: Terminal['input'] = new PassThrough();
  input.isTTY = isTTY;
  let text = '';
  output.on('data', (chunk) => {
    text += chunk;
  });
  return { input, output, shown: () => text };
}

function apply(jetson: FakeJetson, changes: Partial<ApplyOnTerminal> = {}, options: SetupOptions = {}) {
  const { input, output } = terminal(false);
  return applyOnTerminal({
    plan: () => planSetup(targetOf(jetson.machine), options),
    yes: true,
    isRoot: false,
    input,
    output,
    signal: new AbortController().signal,
    run: jetson.run,
    ...changes,
  });
}

const FRESH = 'freshly flashed Orin Nano, JetPack 6.2';

describe('setup-jetson --apply', () => {
  it('does what is left to do, in order, and leaves out what an earlier step brought', async () => {
    const jetson = await FakeJetson.of(FRESH);
    const applied = await apply(jetson);
    expect(applied.map(({ id }) => id)).toEqual(['update', 'jetpack', 'ros-source', 'ros', 'power-mode']);
    expect(jetson.ran.slice(0, 2)).toEqual(['sudo apt-get update', 'sudo apt-get install -y nvidia-jetpack']);
    expect(jetson.ran.at(-1)).toBe('sudo nvpmodel -m 2');
    expect(await readFile(join(jetson.machine.root, 'var/lib/nvpmodel/status'), 'utf8')).toBe('pmode:0002\n');
  });

  it('lets commands write where progress is shown, so that the standard output is one JSON document', async () => {
    const isStderr = asUser('bash', '-c', 'test "$(readlink /proc/$$/fd/1)" = "$(readlink /proc/$$/fd/2)"');
    const step = { id: 'a', title: 'A', why: 'b', done: false, commands: [isStderr] };
    const { input, output } = terminal(false);
    const applied = applyOnTerminal({
      plan: () => ({ title: '', steps: [step], notes: [] }),
      ...{ yes: true, isRoot: false, input, output, signal: new AbortController().signal },
    });
    expect(await applied).toEqual([step]);
  });

  it('runs nothing the second time', async () => {
    const jetson = await FakeJetson.of(FRESH);
    await apply(jetson);
    jetson.ran.length = 0;
    expect(await apply(jetson)).toEqual([]);
    expect(jetson.ran).toEqual([]);
  });

  it('stops at the first command that fails, names step and command, and goes on from there next time', async () => {
    const jetson = await FakeJetson.of(FRESH);
    jetson.answer = (command) => (command.includes('add-apt-repository') ? 100 : undefined);
    await expect(apply(jetson)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/Let apt know.*status 100:\n {2}sudo add-apt-repository -y universe$/),
      hint: expect.stringContaining('run the same command again'),
    });
    expect(jetson.ran.at(-1)).toContain('add-apt-repository');
    jetson.answer = () => undefined;
    jetson.ran.length = 0;
    expect((await apply(jetson)).map(({ id }) => id)).toEqual(['update', 'ros-source', 'ros', 'power-mode']);
  });

  it('names the signal that ended a command', async () => {
    const jetson = await FakeJetson.of(FRESH);
    jetson.answer = () => 'SIGKILL';
    await expect(apply(jetson)).rejects.toThrow(/ended with SIGKILL/);
  });

  it('asks before each step, and takes only a yes for one', async () => {
    const jetson = await FakeJetson.of(FRESH);
    const { input, output, shown } = terminal(true);
    const answers = ['y', 'n', '', 'yes', 'no', 'Y'];
    output.on('data', (chunk) => {
      if (String(chunk).includes('[y/N]')) input.write(`${answers.shift() ?? ''}\n`);
    });
    const applied = await apply(jetson, { yes: false, input, output });
    // update, jetpack, tensorrt, ros-source, ros, power-mode
    expect(applied.map(({ id }) => id)).toEqual(['update', 'ros-source', 'power-mode']);
    expect(shown()).toContain('Install JetPack: left out');
    expect(shown()).toContain('    sudo apt-get install -y nvidia-jetpack\n');
  });

  it('takes the end of the input for a no', async () => {
    const jetson = await FakeJetson.of(FRESH);
    const { input, output } = terminal(true);
    input.end();
    expect(await apply(jetson, { yes: false, input, output })).toEqual([]);
    expect(jetson.ran).toEqual([]);
  });

  it('runs nothing when there is nobody to ask', async () => {
    const jetson = await FakeJetson.of(FRESH);
    await expect(apply(jetson, { yes: false })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('--yes'),
    });
    expect(jetson.ran).toEqual([]);
  });

  it('stops after the command that runs when it is interrupted', async () => {
    const jetson = await FakeJetson.of(FRESH);
    const controller = new AbortController();
    jetson.answer = (command) => {
      if (command.includes('nvidia-jetpack')) controller.abort();
      return undefined;
    };
    await expect(apply(jetson, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(jetson.ran).toHaveLength(2);
  });

  it('needs no sudo as root', async () => {
    const jetson = await FakeJetson.of('AGX Thor, JetPack 7.0');
    jetson.answer = () => 0;
    await apply(jetson, { isRoot: true }, { ros: 'none' });
    expect(jetson.ran).toContain('nvpmodel -m 0');
    expect(jetson.ran.join()).not.toContain('sudo');
  });

  it('really runs commands, and says which program is missing', async () => {
    const jetson = await FakeJetson.of(FRESH);
    const file = join(jetson.machine.root, 'ran');
    const plan = (argv: readonly [string, ...string[]]) => () => ({
      title: '',
      steps: [{ id: 'a', title: 'A', why: '', seen: '', done: false, commands: [{ argv, root: false }] }],
      notes: [],
    });
    const { input, output } = terminal(false);
    const options = { yes: true, isRoot: false, input, output, signal: new AbortController().signal };
    await applyOnTerminal({ ...options, plan: plan(['touch', file]) });
    expect(await readFile(file, 'utf8')).toBe('');
    await expect(applyOnTerminal({ ...options, plan: plan(['false']) })).rejects.toThrow(
      /status 1:\n {2}false$/,
    );
    await expect(applyOnTerminal({ ...options, plan: plan(['no-such-program']) })).rejects.toThrow(
      /no-such-program cannot be started/,
    );
  });
});
