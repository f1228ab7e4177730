import { stat } from 'node:fs/promises';
import path from 'node:path';
import { VLAError } from '../../errors.js';
import { loadBundle } from '../../policy/bundle.js';
import { namedFiles } from '../../policy/bundle-files.js';
import { type Artifact, modelsOf } from '../../policy/manifest-stages.js';
import type { ModelTarget } from '../compare/model-target.js';
import type { QuantiseMode, QuantiseOptions } from './quantise-options.js';

/** As policy.json names the results, and as they end before `.onnx`. */
const NAMES: Readonly<
  Record<QuantiseMode, (format: string) => readonly [precision: string, suffix: string]>
> = {
  uint8: () => ['uint8-dynamic', 'uint8'],
  int8: () => ['int8-static', 'int8'],
  fp16: () => ['float16', 'fp16'],
  qdq: (format) => (format === 'fp8' ? ['fp8-qdq', 'fp8-qdq'] : ['int8-qdq', 'int8-qdq']),
  autocast: (format) =>
    format === 'bf16' ? ['bfloat16-autocast', 'bf16-autocast'] : ['float16-autocast', 'fp16-autocast'],
};

export interface OutputFile {
  /** Absolute. */
  readonly file: string;
  readonly precision: string;
}

/**
 * Where the result goes and what it is called. In a bundle it takes the place of the artifact of its precision.
 *
 * @throws VLAError INVALID_ARGUMENT for a name or a file that something else has
 */
export async function outputFile(source: ModelTarget, options: QuantiseOptions): Promise<OutputFile> {
  const { mode, format = '', output, force = false } = options;
  const [usual, suffix] = NAMES[mode](format);
  const precision = options.precision ?? usual;
  const bundle = output === undefined ? source.bundle : undefined;
  if (bundle && precision === source.precision)
    throw new VLAError('INVALID_ARGUMENT', `the result cannot be ${precision}: the original is called so`, {
      hint: 'Choose another --precision-name.',
    });
  if (output !== undefined && path.extname(output).toLowerCase() !== '.onnx')
    throw new VLAError('INVALID_ARGUMENT', `--output: expected an .onnx file, got ${output}`);
  const listed: readonly Artifact[] = bundle
    ? modelsOf(bundle.manifest.stages).flatMap(({ model }) => model.artifacts)
    : [];
  const own = listed.find((artifact) => artifact.format === 'onnx' && artifact.precision === precision);
  const stem = source.file.replace(/\.onnx$/i, '');
  const ending = precision === usual ? suffix : precision.replaceAll(/[^\w.-]+/g, '_');
  const file = path.resolve(bundle && own ? bundle.resolve(own.file) : (output ?? `${stem}.${ending}.onnx`));
  const other = listed.find((artifact) => artifact !== own && bundle?.resolve(artifact.file) === file);
  if (output !== undefined) await refuseNamed(file);
  if (other || file === source.file)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `${file} is the model of precision ${other?.precision ?? source.precision}`,
      {
        hint: 'Choose another --precision-name or --output.',
      },
    );
  if (!own && !force && (await exists(file)))
    throw new VLAError('INVALID_ARGUMENT', `${file} is there already`, {
      hint: 'Replace it with --force, or choose another --output.',
    });
  return { file, precision };
}

/** What policy.json names has to stay what its sha256 says; the bundle gets its models without --output. */
async function refuseNamed(file: string): Promise<void> {
  const bundle = await loadBundle(path.dirname(file)).catch(() => undefined);
  if (!bundle || !namedFiles(bundle.manifest).some((named) => bundle.resolve(named.file) === file)) return;
  throw new VLAError('INVALID_ARGUMENT', `--output: ${file} belongs to the bundle in its directory`, {
    hint: 'Leave --output out to replace a model of the bundle, or choose another file.',
  });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
