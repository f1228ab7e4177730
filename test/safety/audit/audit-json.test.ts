import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, decodeJson, encodeJson } from '../../../lib/safety/audit/audit-json.js';
import { errorOf } from '../../policy/error-of.js';

/** The 64 bits of a double; all NaN count as one. */
function bits(value: number): bigint {
  return new BigUint64Array(Float64Array.of(Number.isNaN(value) ? Number.NaN : value).buffer)[0] ?? 0n;
}

const specials = [
  ...[-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE],
  ...[-Number.MIN_VALUE, 2.2250738585072009e-308, Number.MAX_VALUE, 0.1 + 0.2, 2 ** 53 + 2, 1e21, 1e-7],
];
const doubles = fc.oneof(fc.constantFrom(...specials), fc.double());
const keys = fc.oneof(
  fc.constantFrom('$number', '$$number', '$$$number', '__proto__', 'constructor', 'toString', '', '0'),
  fc.string({ unit: 'binary' }),
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    doubles,
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    fc.constantFrom(...['-0', 'NaN', '', 7, null].map((name) => ({ $number: name }))),
  ),
})).value;

describe('exact JSON', () => {
  it('gives each double back bit for bit', () => {
    fc.assert(
      fc.property(doubles, (value) => {
        expect(bits(Number(decodeJson(encodeJson(value))))).toBe(bits(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives nested values back, whatever their keys are', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(isDeepStrictEqual(decodeJson(encodeJson(value)), value)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('writes one line without control characters', () => {
    fc.assert(
      fc.property(values, (value) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
        expect(encodeJson(value)).not.toMatch(/[\u0000-\u001f]/);
      }),
    );
  });

  it('tells numbers from objects that look like them', () => {
    const pretender = { $number: 'NaN' };
    expect(encodeJson(Number.NaN)).not.toBe(encodeJson(pretender));
    expect(decodeJson(encodeJson(pretender))).toStrictEqual(pretender);
  });

  it('leaves values as they were', () => {
    const value = { a: [-0, { $number: 1 }], b: Number.NaN };
    encodeJson(value);
    expect(value).toStrictEqual({ a: [-0, { $number: 1 }], b: Number.NaN });
  });

  it('leaves out properties that are undefined, and keeps the order of the others', () => {
    expect(encodeJson({ z: 1, gripper: undefined, a: 2 })).toBe('{"z":1,"a":2}');
    expect(encodeJson({ z: -0, gripper: undefined, a: 2 })).toBe('{"z":{"$number":"-0"},"a":2}');
  });

  it.each([
    ['a typed array', Float32Array.of(1), /Float32Array/],
    ['a typed array inside', { data: [Float64Array.of(1)] }, /Float64Array/],
    ['undefined', undefined, /undefined/],
    ['undefined in an array', [1, undefined], /undefined/],
    ['a hole', new Array(1), /undefined/],
    ['a function', { toJSON: () => 1 }, /function/],
    ['a bigint', 1n, /bigint/],
    ['a symbol', Symbol('a'), /symbol/],
    ['a date', new Date(0), /Date/],
    ['a map', new Map(), /Map/],
    ['a boxed number', Object(1), /Number/],
    ['an object without a name', Object.create({ constructor: undefined }), /plain objects/],
  ])('refuses %s', (_what, value, message) => {
    const error = errorOf(() => encodeJson(value));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
    expect(errorOf(() => canonicalJson(value)).code).toBe('INVALID_ARGUMENT');
  });

  it('refuses values that contain themselves', () => {
    const circle: { self?: unknown } = {};
    circle.self = [circle];
    expect(errorOf(() => encodeJson(circle)).message).toMatch(/nested/);
  });

  it.each(['{"$number":"1"}', '{"$number":"-0","a":1}', '{"$number":0}', '[1', '', 'NaN'])(
    'refuses the text %s',
    (text) => {
      expect(errorOf(() => decodeJson(text)).code).toBe('AUDIT_INVALID');
    },
  );
});

describe('canonical JSON', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, shuffled(item)]),
    );
  };

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('differs for values that differ', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        expect(canonicalJson(one) === canonicalJson(other)).toBe(isDeepStrictEqual(one, other));
      }),
    );
    expect(canonicalJson(0)).not.toBe(canonicalJson(-0));
    expect(canonicalJson({ a: 1, b: 2 })).not.toBe(canonicalJson({ a: 2, b: 1 }));
  });
});
