import type { PolicyManifest } from '../policy/manifest.js';
import type { Dim, Norm } from '../policy/manifest-vector.js';

type Row = [name: string, value: string];

/** What a policy takes, in words. */
export function describeInputs({ inputs }: PolicyManifest): Row[] {
  const { cameras, state, text } = inputs;
  return [
    ...cameras.map(({ id, color, resize: { h, w, mode, filter }, layout, optional }): Row => {
      const how = mode === 'none' ? 'taken as it is' : `${mode}, ${filter}`;
      return ['camera', `${id}: ${color} ${w} × ${h}, ${how}, ${layout}${optional ? ', optional' : ''}`];
    }),
    ...(state ? [['state', `${dims(state.dims)}; ${norms(state.norm)}`] satisfies Row] : []),
    ...(text ? [['text', describeText(text)] satisfies Row] : []),
  ];
}

/** What a policy does, in words. */
export function describeAction({ action }: PolicyManifest): Row[] {
  return [
    ['action', dims(action.dims)],
    ['normalised', norms(action.norm)],
    ...action.groups
      .filter(({ ref }) => ref !== 'absolute')
      .map(({ name, ref }): Row => ['relative', `${name} to ${ref}`]),
  ];
}

function describeText(text: NonNullable<PolicyManifest['inputs']['text']>): string {
  if (text.mode === 'fixed') return `always ${JSON.stringify(text.fixed?.task)}`;
  if (text.mode !== 'runtime') return text.mode === 'string' ? 'the instruction itself' : 'none';
  return `${text.maxLength} token ids, unknown words ${text.unknown === 'refuse' ? 'refused' : 'allowed'}`;
}

function dims(list: readonly Dim[]): string {
  return list
    .map(({ name, unit, limits, gripper }) => {
      if (gripper) return `${name} [gripper, open ${gripper.open}, closed ${gripper.closed}]`;
      return `${name} [${unit}${limits ? ` ${limits[0]} … ${limits[1]}` : ''}]`;
    })
    .join(', ');
}

function norms(list: readonly Norm[]): string {
  return [...new Set(list.map(({ mode }) => mode))].join(', ') || 'not normalised';
}
