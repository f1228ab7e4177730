import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JetsonVLAEngine } from '../../lib/engine/jetson-vla-engine.js';
import { packageRoot } from '../../lib/native/package-root.js';
import { readObservations } from '../../lib/policy/observation-file.js';
import type { Exporter, ManifestFlags } from '../../lib/toolchain/export/export-options.js';
import { exportPolicy } from '../../lib/toolchain/export/export-policy.js';

/** Made by python/install-lerobot.ts. */
const LEROBOT = path.join(packageRoot, '.jetson-vla', 'lerobot');
const isInstalled = existsSync(LEROBOT);
const python = process.env['JETSON_VLA_PYTHON'] ?? 'python3';
const run = promisify(execFile);

interface Policy {
  readonly cameras: Record<string, readonly [height: number, width: number]>;
  readonly state: number | null;
  readonly action: number;
  readonly config?: Record<string, unknown>;
  /** What is open and closed, in the units of the data set; the last value of state and action. */
  readonly gripper?: readonly number[];
}

/** Wide enough that no random action is cut off at open or closed. */
const GRIPPER = { name: 'gripper', open: -200, closed: 200 };
const TWO_CAMERAS: Policy = {
  cameras: { front: [96, 96], wrist: [96, 96] },
  state: 7,
  action: 7,
  gripper: [GRIPPER.open, GRIPPER.closed],
};
const ANOTHER_NETWORK: Policy = {
  cameras: { top: [70, 90], side: [64, 64] },
  state: null,
  action: 3,
  config: {
    pre_norm: true,
    feedforward_activation: 'gelu',
    n_decoder_layers: 2,
    normalization_mapping: { VISUAL: 'MIN_MAX', STATE: 'MIN_MAX', ACTION: 'QUANTILES' },
  },
};

const named = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `joint_${index}` }));
const FLAGS: ManifestFlags = { unit: 'deg', dt: 1 / 30 };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jetson-vla-lerobot-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Has a script of python/fixtures make a policy in both layouts with recorded observations and actions. */
async function make(script: string, name: string, policy: Policy): Promise<string> {
  const out = path.join(folder, name);
  await run(python, ['-m', `fixtures.${script}`, out, JSON.stringify(policy)], {
    cwd: path.join(packageRoot, 'python'),
    env: { ...process.env, PYTHONPATH: LEROBOT },
  });
  return out;
}

/** The older exporter takes a third of the time. */
const exported = (made: string, layout: string, flags: ManifestFlags, exporter: Exporter = 'legacy') =>
  exportPolicy({
    source: path.join(made, layout),
    output: path.join(made, `${layout}-bundle`),
    python,
    flags,
    exporter,
  });

/** The largest difference, in degrees, of the bundle's actions in Node from the recorded ones. */
async function deviation(made: string, bundle: string): Promise<number> {
  const recording = path.join(made, 'recording.jsonl');
  const lines = (await readFile(recording, 'utf8')).trim().split('\n');
  const observations = await readObservations(recording);
  expect(lines).toHaveLength(observations.length);
  await using engine = await JetsonVLAEngine.load(bundle, { backend: 'onnxruntime' });
  const { dims } = engine.policy.manifest.action;
  let largest = 0;
  for (const [index, { images, state }] of observations.entries()) {
    const { actions }: { actions: number[][] } = JSON.parse(lines[index] ?? '');
    const chunk = await engine.infer(images, undefined, state === undefined ? {} : { state });
    expect([chunk.horizon, chunk.actionDim]).toEqual([actions.length, dims.length]);
    const data = chunk.toFloat32Array();
    actions.flat().forEach((expected, value) => {
      const { gripper } = dims[value % dims.length] ?? {};
      const given = data[value] ?? Number.NaN;
      const degrees = gripper
        ? gripper.open + given * (gripper.closed - gripper.open)
        : (given * 180) / Math.PI;
      largest = Math.max(largest, Math.abs(degrees - expected));
    });
  }
  return largest;
}

const makers = [
  { of: 'the real LeRobot', script: 'lerobot_act', isUsed: isInstalled },
  {
    of: 'our own fixture, because LeRobot is not installed (npx tsx python/install-lerobot.ts)',
    script: 'synthetic_act',
    isUsed: !isInstalled,
  },
];

describe.each(makers.filter(({ isUsed }) => isUsed))('an ACT policy of $of', ({ script }) => {
  it('gives the same actions in Node to 1e-4 degrees, from either layout of its directory', async () => {
    const made = await make(script, 'two-cameras', TWO_CAMERAS);
    const flags = { ...FLAGS, joints: named(6), gripper: GRIPPER };
    for (const [layout, exporter] of [
      ['current', 'dynamo'],
      ['legacy', 'legacy'],
    ] as const) {
      const { bundle, parity } = await exported(made, layout, flags, exporter);
      expect(await deviation(made, bundle)).toBeLessThan(1e-4);
      expect(parity.random.cosine).toBeGreaterThan(0.999999);
    }
  }, 300_000);

  it('may have any other form that its configuration tells', async () => {
    const made = await make(script, 'another-network', ANOTHER_NETWORK);
    const { bundle, chunk } = await exported(made, 'current', { ...FLAGS, joints: named(3) });
    expect(chunk).toMatchObject({ horizon: 8, width: 3 });
    expect(await deviation(made, bundle)).toBeLessThan(1e-4);
  }, 300_000);
});

describe('the directory of a LeRobot policy', () => {
  let made: string;

  beforeAll(async () => {
    made = await make('synthetic_act', 'failures', { cameras: { front: [32, 32] }, state: 6, action: 6 });
  }, 60_000);

  it('leaves units, names and time to the user, who is asked for all of them at once', async () => {
    const failure = exported(made, 'current', {});
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(failure).rejects.toThrow(/--joints.*--fps/s);
  }, 60_000);

  it('is refused by the name of its policy when that is none that can be converted', async () => {
    const config = JSON.parse(await readFile(path.join(made, 'current', 'config.json'), 'utf8'));
    await cp(path.join(made, 'current'), path.join(made, 'diffusion'), { recursive: true });
    await writeFile(
      path.join(made, 'diffusion', 'config.json'),
      JSON.stringify({ ...config, type: 'diffusion' }),
    );
    await expect(exported(made, 'diffusion', {})).rejects.toMatchObject({
      code: 'UNSUPPORTED_POLICY',
      message: expect.stringContaining('"diffusion"'),
      hint: expect.stringContaining('module:factory'),
    });
  }, 60_000);

  it('leaves no bundle when its weights are cut short', async () => {
    await cp(path.join(made, 'current'), path.join(made, 'short'), { recursive: true });
    const weights = path.join(made, 'short', 'model.safetensors');
    await writeFile(weights, (await readFile(weights)).subarray(0, 100_000));
    await expect(exported(made, 'short', { ...FLAGS, joints: named(6) })).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringContaining('model.safetensors is no complete safetensors file'),
    });
    expect(existsSync(path.join(made, 'short-bundle'))).toBe(false);
  }, 60_000);
});
