import { isJsonObject } from './merge-json.js';
import type { PartialManifest } from './partial-manifest.js';

const DEFAULT_SIDE = 224;

/**
 * The inputs of a network that follows the default contract, batch open: the cameras, float32, named `image` if there
 * is one and by their ids else; `text`, int64; `state`, float32.
 */
export function modelInputs({ inputs }: PartialManifest) {
  const { cameras = [], text, state } = inputs;
  const images = cameras.map((camera) => ({
    name: cameras.length === 1 ? 'image' : camera.id,
    dtype: 'float32',
    shape: imageShape(camera),
    from: `camera:${camera.id}`,
  }));
  const takesIds = text?.mode === 'runtime' || text?.mode === 'fixed';
  return [
    ...images,
    ...(takesIds
      ? [{ name: 'text', dtype: 'int64', shape: ['batch', text.maxLength ?? 'tokens'], from: 'text.ids' }]
      : []),
    ...(state
      ? [{ name: 'state', dtype: 'float32', shape: ['batch', stateWidth(state)], from: 'state' }]
      : []),
  ];
}

type Camera = NonNullable<PartialManifest['inputs']['cameras']>[number];

function imageShape({ resize, layout }: Camera) {
  const side = (name: 'h' | 'w') => {
    const size = isJsonObject(resize) ? resize[name] : undefined;
    return typeof size === 'number' ? size : DEFAULT_SIDE;
  };
  return layout === 'HWC' ? ['batch', side('h'), side('w'), 3] : ['batch', 3, side('h'), side('w')];
}

function stateWidth({ dims = [], padTo }: NonNullable<PartialManifest['inputs']['state']>): number {
  return typeof padTo === 'number' ? padTo : dims.length;
}
