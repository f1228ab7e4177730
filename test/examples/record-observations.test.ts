import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readObservations } from '../../lib/policy/observation-file.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import { runScript } from './run-script.js';

const record = (...args: Parameters<typeof runScript>[1]) =>
  runScript('examples/record-observations.ts', args);

describe('record-observations', () => {
  it('records what the arm sees on its way to the block', async () => {
    const out = join(await temporaryDirectory(), 'recorded', 'pick.jsonl');
    const { code, stdout, stderr } = await record('--out', out, '--scenes', '1', '--seed', '4', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const observations = await readObservations(out);
    expect(JSON.parse(stdout)).toEqual({ out, scenes: 1, observations: observations.length });
    expect(observations.length).toBeGreaterThan(2);
    for (const { images, instruction, state } of observations) {
      expect(images).toMatchObject({ front: { encoding: 'rgb8', width: 128, height: 128 } });
      expect(instruction).toBe(observations[0]?.instruction);
      expect(state).toHaveLength(7);
    }
    expect(observations[0]?.state).not.toEqual(observations[1]?.state);
    expect(observations[0]?.images).not.toEqual(observations[1]?.images);
  });

  it('leaves nothing when it is interrupted', async () => {
    const directory = await temporaryDirectory();
    const { code } = await runScript(
      'examples/record-observations.ts',
      ['--out', join(directory, 'pick.jsonl'), '--scenes', '1000'],
      (_, kill) => kill('SIGINT'),
    );
    expect(code).toBe(130);
    expect(await readdir(directory)).toEqual([]);
  });
});
