import {
  EXPORTERS,
  type ExportOptions,
  type JointName,
  type ManifestFlags,
  OPSETS,
} from '../toolchain/export/export-options.js';
import { atLeast, oneOf, parseCommandLine, usageError, wholeNumber } from './usage.js';

const COMMAND = 'export';
const UNITS = ['rad', 'deg', 'm', 'percent', 'pm100', 'unit', 'raw'] as const;
const MAX_SIDE = 16384;

export interface ExportArguments {
  /** All but the interpreter. */
  readonly options: Omit<ExportOptions, 'python'>;
  readonly python: string | undefined;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** @throws VLAError INVALID_ARGUMENT */
export function parseExportArguments(args: readonly string[]): ExportArguments {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values, positionals } = parseCommandLine(COMMAND, args, {
    output: { ...text, short: 'o' },
    checkpoint: text,
    dataset: text,
    manifest: text,
    id: text,
    name: text,
    cameras: text,
    joints: text,
    unit: text,
    gripper: text,
    dt: text,
    fps: text,
    tokenizer: text,
    'max-tokens': text,
    'image-size': text,
    layout: text,
    state: flag,
    opset: text,
    exporter: text,
    tolerance: text,
    observations: text,
    instruction: text,
    seed: text,
    python: text,
    force: flag,
    verbose: flag,
    json: flag,
  });
  const [source, ...others] = positionals;
  if (source === undefined || others.length > 0)
    throw usageError(COMMAND, `expected one policy, got ${positionals.join(', ') || 'none'}`);
  const { output } = values;
  if (!output) throw usageError(COMMAND, 'expected --output DIR, the directory of the new bundle');
  if (values.dt !== undefined && values.fps !== undefined)
    throw usageError(COMMAND, '--dt and --fps say the same thing; give one of them');
  const joints = values.joints === undefined ? undefined : parseJoints(values.joints);
  const gripper = values.gripper === undefined ? undefined : parseGripper(values.gripper);
  const imageSize = values['image-size'] === undefined ? undefined : parseImageSize(values['image-size']);
  const flags: ManifestFlags = {
    ...(values.id !== undefined && { id: values.id }),
    ...(values.name !== undefined && { name: values.name }),
    ...(values.cameras !== undefined && { cameras: list('cameras', values.cameras) }),
    ...(joints && { joints }),
    ...(values.unit !== undefined && { unit: oneOf(COMMAND, 'unit', values.unit, UNITS) }),
    ...(gripper && { gripper }),
    ...(values.dt !== undefined && { dt: above0('dt', values.dt) }),
    ...(values.fps !== undefined && { dt: 1 / above0('fps', values.fps) }),
    ...(values.tokenizer !== undefined && { tokenizer: values.tokenizer }),
    ...(values['max-tokens'] !== undefined && {
      maxTokens: wholeNumber(COMMAND, 'max-tokens', values['max-tokens'], 1),
    }),
    ...(imageSize && { imageSize }),
    ...(values.layout !== undefined && {
      layout: oneOf(COMMAND, 'layout', values.layout, ['CHW', 'HWC'] as const),
    }),
    ...(values.state && { state: true }),
  };
  const [least, most] = [OPSETS.legacy[0], OPSETS.dynamo[1]];
  return {
    python: values.python,
    json: values.json ?? false,
    verbose: values.verbose ?? false,
    options: {
      source,
      output,
      flags,
      force: values.force ?? false,
      ...(values.checkpoint !== undefined && { checkpoint: values.checkpoint }),
      ...(values.dataset !== undefined && { dataset: values.dataset }),
      ...(values.manifest !== undefined && { manifest: values.manifest }),
      ...(values.opset !== undefined && { opset: wholeNumber(COMMAND, 'opset', values.opset, least, most) }),
      ...(values.exporter !== undefined && {
        exporter: oneOf(COMMAND, 'exporter', values.exporter, EXPORTERS),
      }),
      ...(values.tolerance !== undefined && {
        tolerance: atLeast(COMMAND, 'tolerance', values.tolerance, 0),
      }),
      ...(values.observations !== undefined && { observations: values.observations }),
      ...(values.instruction !== undefined && { instruction: values.instruction }),
      ...(values.seed !== undefined && { seed: wholeNumber(COMMAND, 'seed', values.seed, 0, 2 ** 31 - 1) }),
    },
  };
}

function list(option: string, text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.some((entry) => entry === ''))
    throw usageError(COMMAND, `--${option}: expected names with commas between them, got ${text}`);
  return entries;
}

function parseJoints(text: string): JointName[] {
  return list('joints', text).map((entry) => {
    const [name = '', unit, ...others] = entry.split(':');
    if (name === '' || others.length > 0)
      throw usageError(COMMAND, `--joints: expected NAME or NAME:UNIT, got ${entry}`);
    return unit === undefined ? { name } : { name, unit: oneOf(COMMAND, 'joints', unit, UNITS) };
  });
}

function parseGripper(text: string): NonNullable<ManifestFlags['gripper']> {
  const found = /^([^=:]+)=(-?[\d.]+(?:e-?\d+)?):(-?[\d.]+(?:e-?\d+)?)$/i.exec(text);
  const [name = '', open, closed] = found?.slice(1) ?? [];
  const polarity = { open: Number(open), closed: Number(closed) };
  if (Number.isFinite(polarity.open) && Number.isFinite(polarity.closed)) return { name, ...polarity };
  throw usageError(COMMAND, `--gripper: expected NAME=OPEN:CLOSED such as gripper=0:100, got ${text}`);
}

function parseImageSize(text: string): NonNullable<ManifestFlags['imageSize']> {
  const [h = 0, w = 0] = (/^(\d+)x(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (h >= 1 && w >= 1 && h <= MAX_SIDE && w <= MAX_SIDE) return { h, w };
  throw usageError(COMMAND, `--image-size: expected HEIGHTxWIDTH such as 224x224, got ${text}`);
}

function above0(option: string, text: string): number {
  const value = atLeast(COMMAND, option, text, 0);
  if (value > 0) return value;
  throw usageError(COMMAND, `--${option}: expected a number above 0, got ${text}`);
}
