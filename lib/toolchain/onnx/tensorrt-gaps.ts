import type { GraphContents } from './graph.js';
import type { OnnxValue } from './value-info.js';

/** Something in a model that TensorRT's ONNX parser does not take. */
export interface TensorRTGap {
  /** The operator, or what else it is. */
  readonly what: string;
  readonly count: number;
  /** What to do about it. */
  readonly advice: string;
}

const CPU_QUANTISATION =
  'It is quantised for CPUs: quantise the float model for TensorRT instead (jetson-vla quantise --mode fp16, int8 or qdq).';

const REFUSED: readonly (readonly [operator: RegExp, advice: string])[] = [
  [/^(DynamicQuantizeLinear|MatMulInteger|ConvInteger|QLinear\w+)$/, CPU_QUANTISATION],
  [/^com\.microsoft\.(Q\w+|\w*Quantize\w*|MatMulInteger\w*|MatMulNBits)$/, CPU_QUANTISATION],
  [/^com\.microsoft\./, "It belongs to ONNX Runtime: export without ONNX Runtime's own optimisations."],
  [/^ai\.onnx\.ml\./, 'Do this work outside of the model: TensorRT runs tensors only.'],
  [
    /^(Sequence\w*|SplitToSequence|ConcatFromSequence|Optional\w*)$/,
    'Use tensors instead of lists in the module.',
  ],
  [/^(Bitwise\w+|BitShift)$/, 'Use arithmetic or logical operators in the module.'],
  [/^(String\w+|RegexFullMatch)$/, 'Take token ids instead of text: TensorRT has no strings.'],
];

/**
 * What TensorRT's parser is known to refuse. It is no list of all: only a build tells.
 *
 * @param inputs those that a caller fills
 */
export function tensorRTGaps(
  { operators, scatterReductions }: GraphContents,
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[],
): readonly TensorRTGap[] {
  const gaps = [...operators].flatMap(([what, count]) => {
    const advice = REFUSED.find(([operator]) => operator.test(what))?.[1];
    return advice === undefined ? [] : [{ what, count, advice }];
  });
  if (scatterReductions > 0)
    gaps.push({
      what: 'ScatterND with a reduction',
      count: scatterReductions,
      advice: 'Use scatter without a reduction, or a matrix product, in the module.',
    });
  const strings = [...inputs, ...outputs].filter(({ dtype }) => dtype === 'string');
  if (strings.length > 0)
    gaps.push({
      what: `text in ${strings.map(({ name }) => name).join(', ')}`,
      count: strings.length,
      advice: 'Take token ids instead of text: TensorRT has no strings.',
    });
  return gaps;
}
