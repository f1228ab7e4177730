import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScript } from './run-script.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'demo-'));
});
afterAll(() => rm(folder, { recursive: true }));

const demo = (...args: string[]) => runScript('examples/pick-demo.ts', args);

describe('the demo', () => {
  it('picks named blocks and prints exactly one JSON object that says how', async () => {
    const { code, stdout } = await demo('--episodes', '3', '--seed', '5', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(Object.keys(report).sort()).toEqual(
      ['backend', 'episodes', 'inferenceMs', 'outcomes', 'policy', 'successRate', 'successes'].sort(),
    );
    expect(report.episodes).toBe(3);
    // One miss in three would already be rare for a policy that picks 99 of 100.
    expect(report.successes).toBeGreaterThanOrEqual(2);
    expect(report.successRate).toBeCloseTo(report.successes / 3);
    expect(report.backend).toBe('onnxruntime');
    expect(report.inferenceMs.p99).toBeGreaterThanOrEqual(report.inferenceMs.p50);
    for (const outcome of report.outcomes) {
      expect(Object.keys(outcome).sort()).toEqual(
        ['chunks', 'durationS', 'instruction', 'picked', 'reason', 'seed', 'success', 'target'].sort(),
      );
      expect(outcome.success).toBe(outcome.picked === outcome.target);
    }
  });

  it('shows progress per episode and the success rate at the end', async () => {
    const { code, stdout } = await demo('--episodes', '1', '--instruction', 'grab the blue cube');
    expect(code).toBe(0);
    expect(stdout).toMatch(/1\/1 {2}“grab the blue cube” .* waypoints, .* s, inference .* ms/);
    expect(stdout).toMatch(/Success Rate: \d+\.\d%\nAvg Inference: \d+\.\d+ms\n/);
  });

  it('does not move for an instruction that the policy cannot know', async () => {
    const { stdout } = await demo('--episodes', '1', '--instruction', 'sing me an aria', '--json');
    const [outcome] = JSON.parse(stdout).outcomes;
    expect(outcome).toMatchObject({
      success: false,
      picked: null,
      reason: 'UNKNOWN_WORDS',
      chunks: 0,
      target: null,
    });
  });

  it('says which words the policy does not know', async () => {
    const { code, stdout } = await demo('--episodes', '1', '--instruction', 'fetch the red zebra');
    expect(code).toBe(0);
    expect(stdout).toMatch(/unknown words.*\n.*"zebra"/);
  });

  it('works under changed conditions and repeats exactly for the same seed', async () => {
    const perturbed = () => demo('--episodes', '1', '--seed', '9', '--perturb', 'all', '--json');
    const outcomesOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout).outcomes;
    const first = outcomesOf(await perturbed());
    expect(outcomesOf(await perturbed())).toEqual(first);
    expect(outcomesOf(await demo('--episodes', '1', '--seed', '9', '--json'))[0].durationS).not.toBe(
      first[0].durationS,
    );
  });

  it('writes an animation, and no half-written file beside it', async () => {
    const gif = path.join(folder, 'demo.gif');
    const { code } = await demo('--episodes', '1', '--gif', gif);
    expect(code).toBe(0);
    const { pages, format } = await sharp(gif).metadata();
    expect(format).toBe('gif');
    expect(pages).toBeGreaterThan(10);
    expect(await readdir(folder)).toEqual(['demo.gif']);
  });

  it('ends cleanly on Ctrl-C with what was done so far', async () => {
    let interrupted = false;
    const { code, stdout, stderr } = await runScript(
      'examples/pick-demo.ts',
      ['--episodes', '1000'],
      (output, kill) => {
        if (interrupted || !/2\/1000/.test(output)) return;
        interrupted = true;
        kill('SIGINT');
      },
    );
    expect(code).toBe(130);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/Success Rate: /);
    expect(stdout).toMatch(/Interrupted/);
    expect(stdout).not.toMatch(/ABORTED/i);
  });

  it.each([
    [['--episodes', '0'], '--episodes must be a whole number from 1'],
    [['--episodes', 'many'], '--episodes must be a whole number from 1'],
    [['--seed', '-1'], 'seed'],
    [['--perturb', 'wind'], '--perturb must be one of light, camera, noise, home, all, got "wind"'],
    [['--instruction', ' '], '--instruction must not be empty'],
    [['--gif', 'no/such/folder/demo.gif'], 'is not a folder that can be written to'],
    [['--colour', 'red'], "Unknown option '--colour'"],
  ])('answers %j with what is wrong, the usage and exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await demo(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain('npm run demo -- [options]');
  });

  it('says what to do when there is no policy at the path', async () => {
    const { code, stdout, stderr } = await demo('--policy', path.join(folder, 'nowhere'));
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/BUNDLE_NOT_FOUND.*\n.*→/);
  });
});

describe('the evaluation', () => {
  it('measures each condition over the same scenes and judges it by its goal', async () => {
    const args = ['--scenes', '2', '--conditions', 'named,absent', '--jobs', '2', '--json'];
    const { code, stdout } = await runScript('examples/eval-policy.ts', args);
    const { results, scenes } = JSON.parse(stdout);
    expect(scenes).toBe(2);
    expect(results.map((result: { condition: string }) => result.condition)).toEqual(['named', 'absent']);
    for (const result of results) {
      expect(result.episodes).toBe(2);
      const met =
        'minSuccess' in result.goal
          ? result.successRate >= result.goal.minSuccess
          : result.pickedRate <= result.goal.maxPicks;
      expect(result.met).toBe(met);
    }
    expect(code).toBe(results.every((result: { met: boolean }) => result.met) ? 0 : 1);
  });

  it('ends when its processes fail, with their message', async () => {
    const { code, stdout, stderr } = await runScript('examples/eval-policy.ts', [
      '--scenes',
      '2',
      '--policy',
      folder,
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('BUNDLE_NOT_FOUND');
  });

  it('refuses a condition it does not know', async () => {
    const { code, stderr } = await runScript('examples/eval-policy.ts', ['--conditions', 'named,weather']);
    expect(code).toBe(2);
    expect(stderr).toContain('got "weather"');
  });
});

describe('the data generator', () => {
  it('writes as many labels as images', async () => {
    const out = path.join(folder, 'data');
    const { code, stdout } = await runScript('examples/sim/generate-data.ts', [
      '--episodes',
      '1',
      '--out',
      out,
    ]);
    expect(code).toBe(0);
    const { frames } = JSON.parse(stdout);
    expect(frames).toBeGreaterThan(0);
    expect((await stat(`${out}.rgb`)).size).toBe(frames * 128 * 128 * 3);
    expect((await stat(`${out}.f32`)).size).toBe(frames * 146 * 4);
  });
});
