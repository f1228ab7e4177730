import { configDefaults, defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** `npm run test:toolchain`: what runs the tools in python/ for real, with PyTorch. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/**/*.python.test.ts'],
    exclude: configDefaults.exclude,
    globalSetup: ['test/toolchain/python/global-setup.ts'],
  },
});
