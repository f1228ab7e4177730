import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildEngine } from '../../lib/toolchain/build-engine.js';
import { type BuildPlace, buildPlace } from './standins.js';

function events({ tensorrt }: BuildPlace) {
  const { timingCacheHits = 0, timingCacheMisses = 0 } = tensorrt.counters().events;
  return { hits: timingCacheHits, misses: timingCacheMisses };
}

describe('the timing cache of a build', () => {
  it('lies in the cache directory, one for each TensorRT and GPU, and serves the next build', async () => {
    const place = await buildPlace('10.16');
    const { onnx, libraries, cuda } = place;
    cuda.configure({ name: 'Orin (nvgpu)/8 SM' });
    await buildEngine(onnx, { libraries }).result;
    expect(events(place)).toEqual({ hits: 0, misses: 1 });
    const directory = process.env['JETSON_VLA_CACHE_DIR'] ?? '';
    const caches = (await readdir(directory)).filter((name) => name.startsWith('timing-'));
    expect(caches).toEqual(['timing-10.16.0-Orin-nvgpu-8-SM-sm8.7.cache']);

    const { warnings } = await buildEngine(onnx, { libraries }).result;
    expect(events(place)).toEqual({ hits: 1, misses: 1 });
    expect(warnings).toEqual([]);
  });

  it('is not written again when the build measured nothing new', async () => {
    const { onnx, libraries, directory } = await buildPlace('10.16');
    const timingCache = join(directory, 'timings');
    await buildEngine(onnx, { libraries, timingCache }).result;
    const { ino } = await stat(timingCache);
    await buildEngine(onnx, { libraries, timingCache }).result;
    expect((await stat(timingCache)).ino).toBe(ino);
  });

  it.each(['8.6', '10.16', '11.1'] as const)(
    'is ignored with a warning, and replaced, when TensorRT %s cannot read it',
    async (version) => {
      const place = await buildPlace(version);
      const { onnx, libraries, directory } = place;
      const timingCache = join(directory, 'timings');
      await writeFile(timingCache, 'not what TensorRT wrote');
      const { warnings } = await buildEngine(onnx, { libraries, timingCache }).result;
      expect(warnings.join()).toMatch(/timing cache .* not used/);
      expect(await readFile(timingCache, 'latin1')).not.toContain('not what');
      expect((await buildEngine(onnx, { libraries, timingCache }).result).warnings).toEqual([]);
      expect(events(place)).toEqual({ hits: 1, misses: 1 });
    },
  );

  it('of another TensorRT is ignored with a warning', async () => {
    const { onnx, libraries, directory } = await buildPlace('10.16');
    const timingCache = join(directory, 'timings');
    await buildEngine(onnx, { libraries, timingCache }).result;
    const other = await buildPlace('11.1');
    const { warnings } = await buildEngine(other.onnx, { libraries: other.libraries, timingCache }).result;
    expect(warnings.join()).toMatch(/another GPU or TensorRT version/);
  });

  it('that cannot be read or written costs a warning, not the engine', async () => {
    const { onnx, libraries, directory, engine } = await buildPlace('10.16');
    const timingCache = join(directory, 'directory');
    await mkdir(timingCache);
    const { path, warnings } = await buildEngine(onnx, { libraries, timingCache }).result;
    expect(path).toBe(engine);
    expect(warnings).toEqual([
      expect.stringContaining('timing cache is not used'),
      expect.stringContaining('timing cache is not kept'),
    ]);
    expect(await readdir(directory)).not.toContainEqual(expect.stringMatching(/^directory\./));
  });

  it('is not there when it is not wanted', async () => {
    const { onnx, libraries } = await buildPlace('10.16');
    await buildEngine(onnx, { libraries, timingCache: false }).result;
    const names = await readdir(process.env['JETSON_VLA_CACHE_DIR'] ?? '');
    expect(names.filter((name) => name.startsWith('timing-'))).toEqual([]);
  });
});
