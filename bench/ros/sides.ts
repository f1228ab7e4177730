import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PIXEL_MODEL } from './pixel-policy.js';
import type { Place } from './place.js';
import { SideProcess } from './side-process.js';

const file = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const CLI = file('../../lib/cli/main.ts');
const PER_FRAME = file('./per-frame-node.ts');
const SEED = file('./seed_node.py');

const seedFacts = z.object({ used: z.string(), modelMs: z.number() });
export type SeedFacts = z.infer<typeof seedFacts>;

/** `jetson-vla ros`, active as soon as it can be, with these options beside. */
export function vlaNode(bundle: string, options: readonly string[], place: Place): SideProcess {
  return typescript([CLI, 'ros', '--bundle', bundle, '--autostart', ...options], place);
}

/** The parts of it that observe, with an inference for each frame. */
export function perFrameNode(bundle: string, place: Place): SideProcess {
  return typescript([PER_FRAME, bundle], place);
}

/** @param periodS of its timer; 0: an inference for each frame */
export async function seedNode(
  python: string,
  periodS: number,
  { namespace, folder }: Place,
): Promise<SeedFacts & { readonly process: SideProcess }> {
  const args = [SEED, PIXEL_MODEL, `${periodS}`, '--ros-args', '-r', `__ns:=${namespace}`];
  const process = new SideProcess(python, args, folder);
  return { ...seedFacts.parse(JSON.parse(await process.firstLine())), process };
}

function typescript(args: readonly string[], { namespace, folder }: Place): SideProcess {
  const all = ['--import', 'tsx', ...args, '--ros-args', '-r', `__ns:=${namespace}`];
  return new SideProcess(process.execPath, all, folder);
}
