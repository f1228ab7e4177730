import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PERTURBATIONS, perturbScene } from '../../examples/sim/perturbation.js';
import { Random } from '../../examples/sim/random.js';
import {
  absentColor,
  BLOCK_COLOR_NAMES,
  createScene,
  LAST_EVALUATION_SEED,
} from '../../examples/sim/scene.js';

const seeds = fc.integer({ min: 0, max: LAST_EVALUATION_SEED });

describe('a random stream', () => {
  it('repeats for the same seed and differs for another', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const draw = (from: number) => {
          const random = new Random(from);
          return Array.from({ length: 8 }, () => random.unit());
        };
        expect(draw(seed)).toEqual(draw(seed));
        expect(draw(seed)).not.toEqual(draw(seed + 1));
      }),
    );
  });

  it('is uniform enough: mean, variance and lag-one correlation of a long run', () => {
    const random = new Random(3);
    const values = Array.from({ length: 100_000 }, () => random.unit() - 0.5);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    const lag =
      values.slice(1).reduce((sum, value, index) => sum + value * (values[index] ?? 0), 0) / values.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(lag).toBeCloseTo(0, 2);
  });

  it('shuffles without losing anything', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.integer()), (seed, items) => {
        const shuffled = new Random(seed).shuffle(items);
        expect([...shuffled].sort()).toEqual([...items].sort());
      }),
    );
  });
});

describe('a scene', () => {
  it('follows from its seed alone', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(createScene(seed)).toEqual(createScene(seed));
        expect(createScene(seed + 1)).not.toEqual(createScene(seed));
      }),
    );
  });

  it('has three blocks of different colours, and exactly one colour is absent', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const scene = createScene(seed);
        const present = scene.blocks.map((block) => block.color);
        expect(new Set([...present, absentColor(scene)])).toEqual(new Set(BLOCK_COLOR_NAMES));
      }),
    );
  });

  it('leaves room for an open finger between any two blocks', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [a, b, c] = createScene(seed).blocks.map((block) => block.position);
        for (const [p, q] of [
          [a, b],
          [b, c],
          [a, c],
        ])
          expect(Math.hypot((p?.[0] ?? 0) - (q?.[0] ?? 0), (p?.[1] ?? 0) - (q?.[1] ?? 0))).toBeGreaterThan(
            0.1,
          );
      }),
    );
  });

  it('is not changed by a perturbation in what the task is about', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(...PERTURBATIONS), (seed, kind) => {
        const scene = createScene(seed);
        const perturbed = perturbScene(scene, kind);
        expect(perturbed.blocks).toEqual(scene.blocks);
        expect(perturbed).toEqual(perturbScene(scene, kind));
        expect(perturbed).not.toEqual(scene);
      }),
    );
  });

  it('has its camera moved by exactly 3 cm under the camera perturbation', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const before = createScene(seed).camera;
        const after = perturbScene(createScene(seed), 'camera').camera;
        const [dx, dy, dz] = after.position.map((value, axis) => value - (before.position[axis] ?? 0));
        expect(Math.hypot(dx ?? 0, dy ?? 0, dz ?? 0)).toBeCloseTo(0.03, 9);
        expect(after.lookAt).toEqual(before.lookAt);
      }),
    );
  });
});
