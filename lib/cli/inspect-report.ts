import type {
  BundlePart,
  InspectedBundle,
  InspectedModel,
  Inspection,
} from '../toolchain/inspect/inspection.js';
import type { OnnxSummary } from '../toolchain/onnx/summary.js';
import { describeAction, describeInputs } from './policy-text.js';
import { sizeText } from './size-text.js';
import { textTable } from './text-table.js';

const BAR = 20;
const OPERATORS_SHOWN = 12;
const MARK = { yes: 'yes  ', maybe: 'maybe', no: 'no   ' } as const;

/** What {@link inspectPath} found, for a person. */
export function inspectionReport({ path, bytes, bundle, models, warnings }: Inspection): string {
  return [
    `${path}, ${sizeText(bytes)}\n`,
    ...(bundle ? [bundleSection(bundle)] : []),
    ...models.map(modelSection),
    ...(warnings.length > 0 ? [`\n${warnings.map((line) => `Warning: ${line}\n`).join('')}`] : []),
  ].join('');
}

function bundleSection({ manifest, parts, unsupported }: InspectedBundle): string {
  const { id, name, family, robot, chunk, golden, provenance, licence } = manifest;
  const seconds = `${chunk.dt} s each, ${chunk.execute} run before the next look`;
  const rows: [string, string][] = [
    ['policy', `${name} (${id}), family ${family}, robot ${robot.embodiment}`],
    ...describeInputs(manifest),
    ['chunk', `${chunk.horizon} waypoints, ${seconds}`],
    ...describeAction(manifest),
    ['golden', golden.map(({ file }) => file).join(', ') || 'none'],
    ['made by', `${provenance.source}, ${provenance.revision}`],
    ['licence', licence.spdx],
  ];
  const features = unsupported.map((line) => `  not supported: ${line}\n`).join('');
  return `${pairs(rows)}${features}\nFiles\n${indent(partTable(parts))}`;
}

function partTable(parts: readonly BundlePart[]): string {
  return textTable(
    [{ title: 'File' }, { title: 'Part' }, { title: 'Size', align: 'right' }],
    parts.map(({ file, part, bytes }) => [file, part, sizeText(bytes)]),
  );
}

function modelSection(model: InspectedModel): string {
  const { file, precision, bytes, onnx, passport, engine, broken, verdicts } = model;
  const title = `\n${file}${precision === undefined ? '' : `, ${precision}`}, ${sizeText(bytes)}\n`;
  if (broken) return `${title}  broken [${broken.code}]: ${broken.message}\n`;
  const runs = verdicts.map(({ backend, runs: answer, message, hint }) => {
    const advice = hint === undefined ? '' : `\n                       → ${hint}`;
    return `  ${backend.padEnd(12)} ${MARK[answer]}  ${message.replaceAll('\n', '\n                     ')}${advice}\n`;
  });
  return [
    title,
    ...(onnx ? [onnxSection(onnx)] : []),
    ...(passport
      ? [
          pairs([
            ['built', `${passport.createdAt} by ${passport.createdBy}, from ${passport.onnx.file}`],
            [
              'for',
              `TensorRT ${passport.tensorrt}, ${passport.gpu} (sm ${passport.sm}), ${passport.platform}`,
            ],
            ['precision', passport.options.precision.join(', ') || 'as in the ONNX file'],
          ]),
          tensors([
            ...passport.inputs.map((tensor) => ({ ...tensor, way: 'in' })),
            ...passport.outputs.map((tensor) => ({ ...tensor, way: 'out' })),
          ]),
        ]
      : []),
    ...(engine
      ? [
          pairs([
            ['layers', `${engine.layerCount}, ${engine.profileCount} optimisation profiles`],
            ['device memory', sizeText(engine.deviceMemoryBytes)],
          ]),
          ...(passport
            ? []
            : [
                tensors(
                  engine.tensors.map((tensor) => ({
                    ...tensor,
                    way: tensor.mode === 'input' ? 'in' : 'out',
                  })),
                ),
              ]),
        ]
      : []),
    '  Runs here\n',
    ...runs.map((line) => `  ${line}`),
  ].join('');
}

function onnxSection(onnx: OnnxSummary): string {
  const operators = Object.entries(onnx.operators);
  // Converters list every set of operators that they know of; what counts is what the model uses.
  const opsets = Object.entries(onnx.opsets)
    .filter(([domain]) => domain === 'ai.onnx' || operators.some(([name]) => name.startsWith(`${domain}.`)))
    .map(([domain, version]) => `${domain} ${version}`);
  const shown = operators.slice(0, OPERATORS_SHOWN).map(([name, count]) => `${name} ${count}`);
  const rest = operators.length - shown.length;
  const total = onnx.weights.reduce((sum, { bytes }) => sum + bytes, 0);
  const histogram = onnx.weights.map(({ dtype, parameters, bytes }) => {
    const share = total === 0 ? 0 : bytes / total;
    const bar = '█'.repeat(Math.max(1, Math.round(share * BAR))).padEnd(BAR);
    return [dtype, bar, `${(share * 100).toFixed(1)} %`, sizeText(bytes), parameters.toLocaleString('en-GB')];
  });
  return [
    pairs([
      [
        'opset',
        `${opsets.join(', ')}; IR version ${onnx.irVersion}; by ${onnx.producer || 'an unnamed tool'}`,
      ],
      ['dynamic axes', onnx.dynamicAxes.join(', ') || 'none'],
      ['quantisation', onnx.quantisation],
      ['operators', `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`],
      ...onnx.external.map(({ file, bytes }): [string, string] => [
        'weights in',
        `${file}, ${bytes === undefined ? 'MISSING' : sizeText(bytes)}`,
      ]),
    ]),
    tensors([
      ...onnx.inputs.map((value) => ({ ...value, way: 'in' })),
      ...onnx.outputs.map((value) => ({ ...value, way: 'out' })),
    ]),
    histogram.length === 0
      ? '  no weights\n'
      : indent(
          textTable(
            [
              { title: 'Weights' },
              { title: '' },
              { title: '', align: 'right' },
              { title: 'Size', align: 'right' },
              { title: 'Parameters', align: 'right' },
            ],
            histogram,
          ),
        ),
  ].join('');
}

interface ShownTensor {
  readonly way: string;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[] | undefined;
}

function tensors(values: readonly ShownTensor[]): string {
  return indent(
    textTable(
      [{ title: '' }, { title: 'Tensor' }, { title: 'Type' }, { title: 'Shape' }],
      values.map(({ way, name, dtype, shape }) => [
        way,
        name,
        dtype,
        shape === undefined ? 'open' : `(${shape.map((dim) => (dim === -1 ? '?' : dim)).join(', ')})`,
      ]),
    ),
  );
}

function pairs(rows: readonly (readonly [name: string, value: string])[]): string {
  return rows.map(([name, value]) => `  ${name.padEnd(13)} ${value}\n`).join('');
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
