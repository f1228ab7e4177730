import { describe, expect, it } from 'vitest';
import { parseBuildArguments } from '../../lib/cli/build-arguments.js';

const refusalOf = (args: readonly string[]) => {
  try {
    parseBuildArguments(args);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the arguments of jetson-vla build', () => {
  it('take a model, with what TensorRT may compute in', () => {
    expect(
      parseBuildArguments(['a.ONNX', '--fp16', '--golden', 'warn', '--tolerance', '0.01']),
    ).toMatchObject({
      kind: 'model',
      path: 'a.ONNX',
      options: { precision: ['fp16'], tf32: true, golden: 'warn', tolerance: 0.01 },
      json: false,
    });
  });

  it.each(['policies/pick', 'policies/pick/policy.json'])('take %s as a bundle', (path) => {
    expect(parseBuildArguments([path, '--precision', 'float16', '--json'])).toMatchObject({
      kind: 'bundle',
      path: 'policies/pick',
      options: { artifact: 'float16' },
      json: true,
    });
  });

  it('take neither for the cache', () => {
    expect(parseBuildArguments(['--clear-cache', '--engine-cache', 'engines'])).toEqual({
      kind: 'cache',
      clear: true,
      directory: 'engines',
      json: false,
    });
    expect(parseBuildArguments(['--list-cache'])).toMatchObject({ kind: 'cache', clear: false });
  });

  it.each([
    ['nothing', [], /expected one bundle or ONNX file, got none/],
    ['two models', ['a.onnx', 'b.onnx'], /got a\.onnx, b\.onnx/],
    ['an engine', ['a.engine'], /expected a bundle or an ONNX file/],
    ['an output for a bundle', ['pick', '--output', 'a.engine'], /--output is for models/],
    ['a precision for a model', ['a.onnx', '--precision', 'fp16'], /--precision is for bundles/],
    ['a wrong choice', ['pick', '--golden', 'no'], /--golden: expected refuse, warn, skip/],
    ['a negative tolerance', ['pick', '--tolerance=-1'], /--tolerance: expected a number of at least 0/],
    ['a model for the cache', ['a.onnx', '--list-cache'], /not of one model/],
    ['a cache for a model', ['a.onnx', '--engine-cache', 'x'], /--engine-cache goes with/],
    ['an unknown option', ['a.onnx', '--fp12'], /--fp12/],
    ['no number', ['a.onnx', '--workspace', 'much'], /--workspace.*much/],
    ['a wrong profile', ['a.onnx', '--profile', 'x=1,2'], /--profile.*x=1,2/],
  ])('are refused with the reason when they are %s', (_what, args, message) => {
    expect(refusalOf(args)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });
});
