import { configDefaults, defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** `npm run test:slow`, and whoever names the files to run: with the slow ones. */
export default defineConfig({
  ...config,
  test: { ...config.test, exclude: [...configDefaults.exclude, '**/*.python.test.ts'] },
});
