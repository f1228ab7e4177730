import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fittingEngines } from '../../lib/engine/engine-fit.js';
import type { Artifact } from '../../lib/policy/manifest-stages.js';
import { errorOf } from '../policy/error-of.js';

const engine = (file: string, needs: Pick<Partial<Artifact>, 'tensorrt' | 'sm'> = {}): Artifact => ({
  format: 'engine',
  file,
  sha256: '',
  precision: 'float16',
  ...needs,
});

const orin = (version: string, computeCapability = '8.7') => ({
  version,
  device: { ordinal: 0, name: 'Orin', computeCapability, integrated: true, totalMemoryBytes: 0 },
});

const files = (artifacts: readonly Artifact[]) => artifacts.map(({ file }) => file);

describe('fittingEngines', () => {
  it('leaves out engines for another GPU or TensorRT, and tries those first that say that they fit', () => {
    const engines = [
      engine('unknown'),
      engine('thor', { tensorrt: '10.3.0', sm: '11.0' }),
      engine('old', { tensorrt: '8.6.2', sm: '8.7' }),
      engine('sm only', { sm: '8.7' }),
      engine('exact', { tensorrt: '10.3.0', sm: '8.7' }),
    ];
    expect(files(fittingEngines(engines, orin('10.3.0')))).toEqual(['exact', 'sm only', 'unknown']);
  });

  it.each([
    ['10.3.0', true],
    ['10.3', true],
    ['10', true],
    ['10.3.0.30', true],
    ['10.3.1', false],
    ['10.4', false],
    ['8', false],
    ['1', false],
    ['TensorRT ten', true],
  ])('takes an engine that needs TensorRT %s with 10.3.0: %s', (tensorrt, fits) => {
    const find = () => fittingEngines([engine('it', { tensorrt })], orin('10.3.0'));
    if (fits) expect(find()).toHaveLength(1);
    else expect(errorOf(find).code).toBe('ENGINE_VERSION_MISMATCH');
  });

  it.each([
    ['8.7', '8.7', true],
    ['87', '8.7', true],
    ['sm_87', '8.7', true],
    ['SM87', '8.7', true],
    ['8.6', '8.7', false],
    ['121', '12.1', true],
    ['12.1', '12.1', true],
    ['sm_120', '12.1', false],
    ['ampere+', '8.7', true],
  ])('takes an engine for %s on a GPU of %s: %s', (sm, capability, fits) => {
    const find = () => fittingEngines([engine('it', { sm })], orin('10.3.0', capability));
    if (fits) expect(find()).toHaveLength(1);
    else expect(errorOf(find).code).toBe('ENGINE_DEVICE_MISMATCH');
  });

  it('says what it has and what this machine is when nothing fits', () => {
    const engines = [engine('a.engine', { sm: '8.6' }), engine('b.engine', { tensorrt: '8.6', sm: '8.7' })];
    const error = errorOf(() => fittingEngines(engines, orin('10.3.0')));
    expect(error.code).toBe('ENGINE_VERSION_MISMATCH');
    for (const part of [
      '10.3.0',
      'Orin',
      '8.7',
      'a.engine: TensorRT any, compute capability 8.6',
      'b.engine',
    ])
      expect(error.message).toContain(part);
    expect(error.hint).toContain('npx jetson-vla build');
  });

  it('keeps the order of the manifest among engines that say equally much', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.boolean(), (names, known) => {
        const engines = names.map((name) => engine(name, known ? { tensorrt: '10.3', sm: '87' } : {}));
        fc.pre(engines.length > 0);
        expect(files(fittingEngines(engines, orin('10.3.0')))).toEqual(names);
      }),
      { numRuns: 50 },
    );
  });
});
