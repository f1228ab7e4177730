import { VLAError } from '../../errors.js';
import type { ComparedModel } from '../compare/compare-models.js';
import type { ModelSamples } from '../compare/model-samples.js';
import type { ModelTarget } from '../compare/model-target.js';
import type { QuantiseMode, QuantiseOptions } from './quantise-options.js';

/** Fewer than this many observations cannot show the ranges that values take. */
const FEW = 16;

/** Modes that work out ranges from the observations. */
const CALIBRATED: ReadonlySet<QuantiseMode> = new Set(['int8', 'qdq', 'autocast']);

/** The strictest that the golden observations of a bundle allow, unless the options say something else. */
export function toleranceFor({ bundle }: ModelTarget, options: QuantiseOptions): number | undefined {
  const golden = bundle?.golden.map(({ tolerance }) => tolerance.action_chunk.maxAbs) ?? [];
  const tolerance = options.tolerance ?? (golden.length > 0 ? Math.min(...golden) : undefined);
  if (options.autoKeep && tolerance === undefined)
    throw new VLAError('INVALID_ARGUMENT', '--auto-keep needs to know what is close enough', {
      hint: 'Say it with --tolerance, in the units of the outputs.',
    });
  return tolerance;
}

/**
 * @returns false for a model that could not be measured and is wanted all the same
 * @throws VLAError ACCURACY_LOST, QUANTISE_FAILED for a model that cannot be run here
 */
export function checkAccuracy(
  { actions, outputs, unavailable }: ComparedModel,
  tolerance: number | undefined,
  unmeasured: boolean,
): boolean {
  const deviation = actions ?? outputs;
  if (deviation === undefined) {
    if (unmeasured) return false;
    throw new VLAError(
      'QUANTISE_FAILED',
      `the converted model cannot be measured here: ${unavailable?.message ?? 'it has no outputs of real numbers'}`,
      {
        hint: 'Keep it all the same with --unmeasured; the device checks it when the policy is loaded there.',
      },
    );
  }
  const { maxAbs, meanAbs, cosine } = deviation;
  if (Number.isFinite(maxAbs) && (tolerance === undefined || maxAbs <= tolerance)) return true;
  throw new VLAError(
    'ACCURACY_LOST',
    Number.isFinite(maxAbs)
      ? `the converted model differs from the original by up to ${figure(maxAbs)}, ${figure(tolerance ?? 0)} is allowed ` +
          `(mean ${figure(meanAbs)}, cosine ${cosine.toFixed(5)})`
      : 'the converted model gives values that are no finite numbers',
    {
      hint:
        'Leave sensitive nodes exact with --auto-keep or --keep, calibrate with more --observations, ' +
        'choose another --mode, or allow more with --tolerance.',
    },
  );
}

/** What the samples say, and what they do not. */
export function samplesNote(
  { source, samples }: ModelSamples,
  mode: QuantiseMode,
  measured: boolean,
): string {
  const verb = [...(CALIBRATED.has(mode) ? ['calibrated'] : []), measured ? 'judged' : 'not judged'].join(
    ' and ',
  );
  const count = `${samples.length} ${samples.length === 1 ? 'observation' : 'observations'}`;
  switch (source) {
    case 'random':
      return `${verb} on ${samples.length} random inputs, which say little about real images; give --observations`;
    case 'golden':
      return `${verb} on ${count} of the bundle itself; more of them say more: --observations`;
    case 'recorded':
      return `${verb} on ${count}${samples.length < FEW ? ', which is few' : ''}`;
  }
}

function figure(value: number): string {
  return value.toPrecision(3);
}
