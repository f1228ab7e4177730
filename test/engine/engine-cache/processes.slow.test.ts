import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { standinDirectory } from '../../fakes/native/standins.js';
import { temporaryDirectory } from '../fixtures.js';
import { cachePlace } from './cache-place.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Loads the model in a process of its own, once it is told to; a build step takes so many milliseconds there. */
async function loader(place: Awaited<ReturnType<typeof cachePlace>>, stepMs: number) {
  const { onnx, engines, libraries } = place;
  const script = join(await temporaryDirectory(), 'load.mts');
  await writeFile(
    script,
    `import { createRequire } from 'node:module';
     import { JetsonVLAEngine } from ${JSON.stringify(join(ROOT, 'lib/engine/jetson-vla-engine.ts'))};
     const control = createRequire(import.meta.url)(${JSON.stringify(join(standinDirectory(), 'control/standin_control.node'))});
     control.tensorrtSetBuildStepMs(${JSON.stringify(libraries.nvinfer)}, ${stepMs});
     await new Promise((go) => process.stdin.once('data', go));
     process.stdin.unref();
     const engine = await JetsonVLAEngine.load(${JSON.stringify(onnx)}, {
       tensorrt: ${JSON.stringify(libraries)},
       engineCache: ${JSON.stringify(engines)},
       onWarning: (text) => console.log(text),
     });
     console.log('runs on', engine.backend);
     await engine.dispose();`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let isOver = false;
  const ended = once(child, 'close').then(() => {
    isOver = true;
    return said;
  });
  const says = async (text: string) => {
    while (!said.includes(text)) {
      if (isOver) throw new Error(`it ended and said only: ${said}`);
      await Promise.race([once(child.stdout, 'data'), ended]);
    }
  };
  const go = () => child.stdin.write('go');
  return { child, go, says, ended };
}

describe('several processes that load the same model', () => {
  it('build it one at a time, and a killed builder keeps nobody waiting', async () => {
    const place = await cachePlace();
    const [killed, other] = await Promise.all([loader(place, 100_000), loader(place, 0)]);
    killed.go();
    await killed.says('building a TensorRT engine');
    other.go();
    await other.says('another process is building');
    killed.child.kill('SIGKILL');
    expect(await other.ended).toMatch(/building a TensorRT engine.*runs on tensorrt/s);
    expect(await place.files()).toEqual(['<key>.engine', '<key>.engine.json']);
  });
});
