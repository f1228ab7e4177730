import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTensorRT } from '../../lib/engine/tensorrt-libraries.js';
import { VLAError } from '../../lib/errors.js';
import { loadAddon } from '../../lib/native/load-addon.js';
import { nativeError } from '../../lib/native/native-error.js';
import { type BuildPlace, buildPlace, expectNothingLeft } from './standins.js';

/** The native part of a build, as lib/toolchain/run-build.ts drives it. */
async function nativeBuilder({ directory, onnx, engine, libraries }: BuildPlace) {
  const found = await findTensorRT({ ...libraries, parser: true });
  return async () => {
    const build = loadAddon().buildEngine({
      libraries: found.libraries,
      onnx,
      stagedFile: join(directory, '.staged'),
      fp16: false,
      bf16: false,
      int8: false,
      fp8: false,
      tf32: true,
      stronglyTyped: false,
      versionCompatible: false,
      hardwareCompatible: false,
      profiles: [[{ name: 'x', min: [1, 4], opt: [1, 4], max: [2, 4] }]],
      onProgress: () => {},
    });
    try {
      await build.result;
      build.publish({ file: engine, passport: '{}' });
    } finally {
      build.stop();
    }
  };
}

describe.each(['8.6', '10.16', '11.1'] as const)(
  'a build in which one call fails, with TensorRT %s',
  (version) => {
    it('ends with an engine or a typed error, whichever call it is, and leaves nothing else', async () => {
      const place = await buildPlace(version, { inputs: [{ name: 'x', shape: ['batch', 4] }] });
      const { tensorrt, cuda } = place;
      const build = await nativeBuilder(place);
      // The first build counts what the driver does once in a process.
      await build();
      tensorrt.reset();
      cuda.reset();
      await build();
      const faults = [
        ...calls(tensorrt.counters().calls, (method, nth) => tensorrt.fail(method, nth)),
        ...calls(tensorrt.parserCounters().calls, (method, nth) => tensorrt.fail(method, nth)),
        ...calls(cuda.counters().calls, (entry, nth) => cuda.fail(entry, nth, 700)),
      ];
      expect(faults.length).toBeGreaterThan(15);
      let failures = 0;
      for (const { name, inject } of faults) {
        tensorrt.reset();
        cuda.reset();
        inject();
        const outcome: unknown = await build().catch(nativeError);
        if (outcome !== undefined) {
          expect(outcome, name).toBeInstanceOf(VLAError);
          failures += 1;
        }
        expect(await place.files(), name).toEqual(['model.engine', 'model.engine.json', 'model.onnx']);
        expectNothingLeft(place);
      }
      expect(failures).toBeGreaterThan(8);
      tensorrt.reset();
      cuda.reset();
      await build();
    });
  },
);

function calls(counts: Readonly<Record<string, number>>, fail: (name: string, nth: number) => void) {
  return Object.entries(counts).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${name} ${index + 1}`,
      inject: () => fail(name, index + 1),
    })),
  );
}
