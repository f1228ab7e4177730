import { z } from 'zod';
import {
  checkSlices,
  checkUnique,
  crossCheck,
  nonEmpty,
  positiveInt,
  type Report,
  slice,
} from './manifest-fields.js';
import { checkVector, type Dim, vectorFields } from './manifest-vector.js';

const group = z.object({
  name: nonEmpty,
  slice,
  space: z.enum(['joint', 'ee_pose', 'gripper', 'base', 'other']),
  quantity: z.enum(['position', 'velocity', 'torque']).default('position'),
  ref: z.enum(['absolute', 'delta_prev', 'chunk_start']).default('absolute'),
  refState: z.array(nonEmpty).exactOptional(),
  compose: z.enum(['add', 'se3_right', 'se3_left']).exactOptional(),
  frame: z.string().exactOptional(),
  rotation: z
    .enum(['rot6d_rows', 'rot6d_cols', 'axis_angle', 'quat_xyzw', 'quat_wxyz', 'euler_xyz', 'matrix'])
    .exactOptional(),
});

/** Columns of an action that belong together: what they mean and what they are relative to. */
export type Group = z.infer<typeof group>;

/** One group per run of neighbouring joints or grippers: absolute positions, the commonest action space. */
function absoluteGroups(dims: readonly Dim[]): Group[] {
  const groups: Group[] = [];
  dims.forEach((dim, index) => {
    const space = dim.gripper === undefined ? 'joint' : 'gripper';
    const last = groups.at(-1);
    if (last?.space === space) last.slice[1] = index + 1;
    else
      groups.push({
        name: groups.some((other) => other.space === space) ? `${space}_${groups.length}` : space,
        slice: [index, index + 1],
        space,
        quantity: 'position',
        ref: 'absolute',
      });
  });
  return groups;
}

function checkGroups(dims: readonly Dim[], groups: readonly Group[], report: Report): void {
  checkSlices(groups, dims.length, 'groups', report);
  checkUnique(
    groups.map(({ name }) => name),
    (index) => ['groups', index, 'name'],
    report,
  );
  const missing = dims.filter((_, index) => !groups.some((g) => g.slice[0] <= index && index < g.slice[1]));
  if (missing.length > 0)
    report(
      ['groups'],
      'groups that cover every dim',
      `none for ${missing.map(({ name }) => name).join(', ')}`,
    );
  groups.forEach(({ slice: [from, to], space, ref, refState }, index) => {
    for (const dim of dims.slice(from, to))
      if ((dim.gripper !== undefined) !== (space === 'gripper'))
        report(
          ['groups', index, 'space'],
          dim.gripper === undefined
            ? `${dim.name} to say what is open and closed, because it is in a gripper group`
            : `"gripper", because ${dim.name} is one`,
          JSON.stringify(space),
        );
    if (refState !== undefined && ref === 'absolute')
      report(
        ['groups', index, 'refState'],
        'no refState, because ref is "absolute"',
        JSON.stringify(refState),
      );
  });
}

export const action = z
  .object({
    ...vectorFields,
    groups: z.array(group).min(1).exactOptional(),
    modelDim: positiveInt.exactOptional(),
    postTransform: nonEmpty.exactOptional(),
  })
  .transform((value) => ({
    ...value,
    groups: value.groups ?? absoluteGroups(value.dims),
    modelDim: value.modelDim ?? value.padTo ?? value.dims.length,
  }))
  .check(
    crossCheck((value, report) => {
      checkVector(value, report);
      checkGroups(value.dims, value.groups, report);
      if (value.modelDim < value.dims.length)
        report(['modelDim'], `at least the ${value.dims.length} dims of the action`, String(value.modelDim));
      if (value.padTo !== undefined && value.padTo !== value.modelDim)
        report(['padTo'], `modelDim = ${value.modelDim}`, String(value.padTo));
    }),
  );

/** What the model puts out: one row per step, its first columns being the dims. */
export type ActionSpec = z.infer<typeof action>;
