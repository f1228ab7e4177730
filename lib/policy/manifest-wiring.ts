import type { Report } from './manifest-fields.js';
import type { PolicyManifest } from './manifest-schema.js';
import { type ModelSpec, modelsOf, type Source } from './manifest-stages.js';
import { checkStatSteps } from './manifest-vector.js';
import { shapeFits, sourceShape } from './source-shape.js';

/** Checks across sections: every reference leads somewhere, and every size agrees with the sizes around it. */
export function checkManifest(manifest: PolicyManifest, report: Report): void {
  checkModels(manifest, report);
  checkOutput(manifest, report);
  checkText(manifest, report);
  checkAction(manifest, report);
  checkGolden(manifest, report);
}

function checkModels({ stages, inputs }: PolicyManifest, report: Report): void {
  const models = modelsOf(stages);
  const ids = models.map(({ model }) => model.id);
  const produced = new Set<string>();
  models.forEach(({ model, path }, position) => {
    if (ids.indexOf(model.id) < position)
      report([...path, 'id'], 'an id that no other model has', JSON.stringify(model.id));
    model.inputs.forEach(({ from, shape, dtype }, index) => {
      const at = [...path, 'inputs', index, 'from'];
      const names = typeof from === 'string' ? [from] : 'concat' in from ? from.concat : [];
      const problems = names.flatMap((name) => sourceProblem(name, stages.kind, inputs, produced) ?? []);
      for (const { expected, got } of problems) report(at, expected, got);
      if (problems.length === 0) checkShape(from, shape, inputs, at, report);
      if (dtype === 'uint8') checkRawCameras(names, inputs, report);
      if (typeof from === 'object' && 'const' in from && !dtype.includes('float'))
        for (const value of [from.const].flat())
          if (!Number.isInteger(value)) report(at, `whole numbers, because dtype is ${dtype}`, String(value));
    });
    for (const { name } of model.outputs) produced.add(`${model.id}.${name}`);
  });
}

/** What is wrong with the name of a source, or undefined when it exists. */
function sourceProblem(
  name: string,
  kind: PolicyManifest['stages']['kind'],
  { cameras, state, text }: PolicyManifest['inputs'],
  produced: ReadonlySet<string>,
): { expected: string; got: string } | undefined {
  const got = JSON.stringify(name);
  const camera = /^camera(?:_mask)?:(.*)$/s.exec(name)?.[1];
  if (camera !== undefined)
    return cameras.some(({ id }) => id === camera)
      ? undefined
      : { expected: `a camera of inputs.cameras (${listed(cameras.map(({ id }) => id))})`, got };
  switch (name) {
    case 'text.ids':
    case 'text.mask':
      return text?.mode === 'runtime' || text?.mode === 'fixed'
        ? undefined
        : { expected: 'inputs.text with mode "runtime" or "fixed"', got };
    case 'text.string':
      return text?.mode === 'string' ? undefined : { expected: 'inputs.text with mode "string"', got };
    case 'state':
      return state ? undefined : { expected: 'inputs.state', got };
    case 'noise':
      return undefined;
    case 'x_t':
    case 'timestep':
    case 'rtc.prefix':
    case 'rtc.mask':
      return kind === 'flow' ? undefined : { expected: 'a source that stages of kind "single" have', got };
    default:
      return produced.has(name)
        ? undefined
        : { expected: `a known source or the output of an earlier model (${listed([...produced])})`, got };
  }
}

function checkShape(
  from: Source,
  declared: readonly (number | string)[],
  inputs: PolicyManifest['inputs'],
  at: readonly (string | number)[],
  report: Report,
): void {
  const given = sourceShape(from, inputs);
  const shapePath = [...at.slice(0, -1), 'shape'];
  if (given === undefined) {
    if (
      typeof from === 'object' &&
      'concat' in from &&
      from.concat.every((part) => sourceShape(part, inputs))
    )
      report(at, 'parts whose shapes agree in every other dimension', JSON.stringify(from.concat));
  } else if (!shapeFits(declared, given))
    report(shapePath, `${JSON.stringify(given)}, as the source gives it`, JSON.stringify(declared));
}

/** 8-bit tensors hold pixels as they are, so a camera that feeds one cannot normalise. */
function checkRawCameras(
  names: readonly string[],
  { cameras }: PolicyManifest['inputs'],
  report: Report,
): void {
  cameras.forEach(({ id, scale, mean, std, fillValue = 0 }, index) => {
    if (!names.includes(`camera:${id}`)) return;
    if (scale !== 1 || mean.some((value) => value !== 0) || std.some((value) => value !== 1))
      report(
        ['inputs', 'cameras', index],
        'scale 1, mean 0 and std 1, because a uint8 input takes the frames',
        `scale ${scale}, mean [${mean}], std [${std}]`,
      );
    if (!Number.isInteger(fillValue) || fillValue < 0 || fillValue > 255)
      report(
        ['inputs', 'cameras', index, 'fillValue'],
        'a whole number from 0 to 255, because a uint8 input takes the frames',
        String(fillValue),
      );
  });
}

function checkOutput({ stages, action, chunk }: PolicyManifest, report: Report): void {
  const models = modelsOf(stages);
  const outputs = (list: readonly ModelSpec[]) =>
    list.flatMap((model) => model.outputs.map((output) => ({ name: `${model.id}.${output.name}`, output })));
  const all = outputs(models.map(({ model }) => model));
  const found = all.find(({ name }) => name === stages.output);
  if (stages.kind === 'flow' && !outputs(stages.step).some(({ name }) => name === stages.velocity))
    report(['stages', 'velocity'], 'an output of a step model', JSON.stringify(stages.velocity));
  if (found === undefined || stages.kind === 'flow') return;

  const { shape } = found.output;
  const fits =
    shape.length >= 2 &&
    shapeFits(shape, [...shape.slice(0, -2).map(() => 1), chunk.horizon, action.modelDim]);
  if (!fits)
    report(
      ['stages', 'output'],
      `a shape that ends in horizon × modelDim = ${chunk.horizon}, ${action.modelDim}, with 1 before`,
      `${JSON.stringify(shape)} of ${stages.output}`,
    );
}

function checkText({ inputs: { text, state } }: PolicyManifest, report: Report): void {
  if (text === undefined || text.mode === 'none' || text.mode === 'string') return;
  const at = ['inputs', 'text'];
  const around = Number(text.addBos) + Number(text.addEos) + (text.suffixIds?.length ?? 0);
  if (text.mode === 'fixed' && text.fixed !== undefined && text.fixed.ids.length > text.maxLength)
    report([...at, 'fixed', 'ids'], `at most maxLength = ${text.maxLength} ids`, `${text.fixed.ids.length}`);
  if (around >= text.maxLength)
    report([...at, 'maxLength'], `more than the ${around} ids around the text`, `${text.maxLength}`);
  if (text.stateInPrompt !== undefined && text.stateInPrompt.dims > (state?.padTo ?? state?.dims.length ?? 0))
    report(
      [...at, 'stateInPrompt', 'dims'],
      `at most the ${state?.padTo ?? state?.dims.length ?? 0} values of inputs.state`,
      String(text.stateInPrompt.dims),
    );
}

function checkAction({ action, chunk, inputs }: PolicyManifest, report: Report): void {
  const { horizon, startIndex, execute } = chunk;
  if (startIndex + execute > horizon)
    report(['chunk', 'execute'], `startIndex + execute ≤ horizon = ${horizon}`, `${startIndex} + ${execute}`);
  checkStatSteps(action, horizon, ['action'], report);

  const stateDims = inputs.state?.dims ?? [];
  action.groups.forEach(({ slice: [from, to], ref, refState, space }, index) => {
    if (ref === 'absolute') return;
    const at = ['action', 'groups', index, 'refState'];
    const dims = action.dims.slice(from, to);
    const names = refState ?? dims.map(({ name }) => name);
    const unknown = names.filter((name) => !stateDims.some((dim) => dim.name === name));
    if (unknown.length > 0)
      report(at, `dims of inputs.state (${listed(stateDims.map(({ name }) => name))})`, unknown.join(', '));
    else if (space === 'joint' && names.length !== dims.length)
      report(at, `${dims.length} names, one per dim of the group`, `${names.length}`);
    else if (space === 'joint')
      names.forEach((name, column) => {
        const stateUnit = stateDims.find((dim) => dim.name === name)?.unit ?? '';
        const unit = dims[column]?.unit ?? '';
        if (angular(unit) !== angular(stateUnit) || (!angular(unit) && unit !== stateUnit))
          report(at, `states in the unit of ${dims[column]?.name}, ${unit}`, `${name} in ${stateUnit}`);
      });
  });
}

function checkGolden({ golden }: PolicyManifest, report: Report): void {
  golden.forEach(({ file }, index) => {
    if (golden.findIndex((other) => other.file === file) < index)
      report(['golden', index, 'file'], 'a file that is named once', JSON.stringify(file));
  });
}

function angular(unit: string): boolean {
  return unit === 'rad' || unit === 'deg';
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : names.join(', ');
}
