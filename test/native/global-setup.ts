import { buildForTests } from './build.js';

/** Runs once before the first test file. Who names an addon, or none, tests with that. */
export async function setup(): Promise<void> {
  if (process.env['JETSON_VLA_ADDON'] || process.env['JETSON_VLA_NO_ADDON']) return;
  await buildForTests(() => {});
}
