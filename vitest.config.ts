import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      'jetson-vla/mujoco': fileURLToPath(new URL('./lib/mujoco.ts', import.meta.url)),
      'jetson-vla/ros': fileURLToPath(new URL('./lib/ros.ts', import.meta.url)),
      'jetson-vla': fileURLToPath(new URL('./lib/index.ts', import.meta.url)),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Scenes in real time, memory over thousands of calls, whole builds: vitest.slow.config.ts runs them.
    // What needs Python with PyTorch is in vitest.python.config.ts.
    exclude: [...configDefaults.exclude, '**/*.slow.test.ts', '**/*.python.test.ts'],
    globalSetup: ['test/native/global-setup.ts'],
    pool: 'forks',
    // Executors record their decisions here unless a test says otherwise: never in somebody's home.
    env: { XDG_STATE_HOME: path.join(tmpdir(), 'jetson-vla-tests') },
    // Generous: a busy machine must not fail a test that starts processes or steps physics.
    testTimeout: 90_000,
  },
});
