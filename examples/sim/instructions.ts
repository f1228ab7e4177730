import { readFileSync } from 'node:fs';
import type { Random } from './random.js';
import { BLOCK_COLOR_NAMES, type BlockColor } from './scene.js';

interface Language {
  readonly colors: Readonly<Record<BlockColor, readonly string[]>>;
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
  readonly nothingNamed: { readonly training: readonly string[]; readonly heldOut: readonly string[] };
}

/** The sentences of the task; training reads the same file. `heldOut` ones are for evaluation only. */
const language = JSON.parse(readFileSync(new URL('./language.json', import.meta.url), 'utf8')) as Language;

/** The plain instruction of the demo. */
export const plainInstruction = (color: BlockColor): string => `pick up the ${color} block`;

/** A way to ask for `color` that training never used: another sentence, and perhaps another word for the colour. */
export function unseenInstruction(color: BlockColor, random: Random): string {
  return random.pick(language.heldOut).replace('{color}', random.pick(language.colors[color]));
}

/** A sentence that names no single block: none, two, something else, or no task at all. */
export function nonsenseInstruction(random: Random): string {
  const [color, other] = random.shuffle(BLOCK_COLOR_NAMES) as [BlockColor, BlockColor];
  return random.pick(language.nothingNamed.heldOut).replace('{color}', color).replace('{other}', other);
}

/** The colour that an instruction names, if it names exactly one. */
export function namedColor(instruction: string): BlockColor | undefined {
  const words = new Set(instruction.toLowerCase().match(/\p{L}+/gu));
  const named = BLOCK_COLOR_NAMES.filter((color) => language.colors[color].some((word) => words.has(word)));
  return named.length === 1 ? named[0] : undefined;
}
