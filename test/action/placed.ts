import { ActionChunk } from '../../lib/action/action-chunk.js';
import { type PlacedChunk, placeChunk } from '../../lib/action/chunk-timeline.js';

export interface PlacedOptions {
  readonly instruction?: string;
  readonly secondsPerWaypoint?: number;
  readonly gripper?: number;
  readonly name?: string;
}

/** A chunk of one joint and a gripper with these joint values, on the axis of progress. */
export function placed(values: readonly number[], base: number, options: PlacedOptions = {}): PlacedChunk {
  const { instruction = 'pick', secondsPerWaypoint = 0.2, gripper = 0, name = 'a' } = options;
  const chunk = new ActionChunk({
    data: Float32Array.from(values.flatMap((value) => [value, gripper])),
    dims: [
      { name, kind: 'joint', unit: 'rad' },
      { name: 'gripper', kind: 'gripper', unit: 'unit' },
    ],
    secondsPerWaypoint,
    capturedAt: 0,
  });
  return placeChunk(chunk, base, instruction);
}
