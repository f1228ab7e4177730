import type { MjModel } from '@mujoco/mujoco';
import { VLAError } from '../../../errors.js';
import type { Mounted } from './joint-reach.js';
import type { Mujoco } from './load-mujoco.js';
import { fromQuaternion, vec3At } from './rigid-transform.js';

/** A site or the origin of a body, whose position is wanted. */
export interface ModelPoint extends Mounted {
  readonly name: string;
  readonly kind: 'site' | 'body';
  /** Id of the site or the body. */
  readonly index: number;
}

const POINT = { box: [0, 0, 0, 0, 0, 0], radius: 0 } as const;
const UNROTATED = [1, 0, 0, 0] as const;

/** @throws VLAError INVALID_ARGUMENT */
export function modelPoints(mujoco: Mujoco, model: MjModel, names: readonly string[]): readonly ModelPoint[] {
  if (names.length === 0)
    throw new VLAError(
      'INVALID_ARGUMENT',
      'points must name at least the tool centre point, a site or a body',
    );
  const { mjOBJ_SITE, mjOBJ_BODY } = mujoco.mjtObj;
  return names.map((name): ModelPoint => {
    const site = mujoco.mj_name2id(model, mjOBJ_SITE.value, name);
    if (site >= 0) {
      const pose = fromQuaternion(vec3At(model.site_pos, site), UNROTATED);
      return { ...POINT, name, kind: 'site', index: site, body: model.site_bodyid[site], pose };
    }
    const body = mujoco.mj_name2id(model, mjOBJ_BODY.value, name);
    if (body >= 0)
      return { ...POINT, name, kind: 'body', index: body, body, pose: fromQuaternion([0, 0, 0], UNROTATED) };
    throw new VLAError('INVALID_ARGUMENT', `points: the model has no site or body ${name}`);
  });
}
