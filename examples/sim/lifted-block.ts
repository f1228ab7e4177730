import type { BlockColor } from './scene.js';
import type { SimStage } from './stage.js';

/** A block counts as picked when both pads hold it this far above where it stood, metres. */
const LIFTED = 0.05;
/** Half the height of a block, metres: where its centre rests. */
const RESTING = 0.02;

/** The colour of the block that is picked now, or null. */
export function liftedBlock({ world }: Pick<SimStage, 'world'>): BlockColor | null {
  // Contacts are dear, heights are not.
  if (world.scene.blocks.every((_, index) => world.blockPosition(index)[2] < RESTING + LIFTED)) return null;
  const held = world.heldBlock();
  if (held === undefined || world.blockPosition(held)[2] < RESTING + LIFTED) return null;
  return world.scene.blocks[held]?.color ?? null;
}
