import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VLAError } from '../../../lib/errors.js';
import { checkedJointLimits } from '../../../lib/safety/joint-limits.js';
import { parseJointLimitsYaml } from '../../../lib/safety/limits/joint-limits-yaml.js';
import { LIMIT_QUANTITIES, type LimitSource } from '../../../lib/safety/limits/limit-source.js';
import { type LimitInputs, resolveJointLimits } from '../../../lib/safety/limits/resolve-limits.js';
import { parseUrdfLimits } from '../../../lib/safety/limits/urdf-limits.js';
import { GRIPPER_JOINTS, GRIPPER_URDF, SIX_AXIS_JOINTS, SIX_AXIS_URDF, SIX_AXIS_YAML } from './robots.js';

// −0 has no meaning of its own here, and does not survive being written as 0.
const position = fc.double({ min: -100, max: 100, noNaN: true }).map((value) => value + 0);
const rate = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const range = fc
  .tuple(position, position)
  .filter(([one, other]) => Math.abs(one - other) > 1e-3)
  .map(([one, other]) => ({ min: Math.min(one, other), max: Math.max(one, other) }));
const whole = fc
  .record({ range, velocity: rate, acceleration: rate, jerk: rate })
  .map(({ range, ...rates }) => ({ ...range, ...rates }));
const robot = fc
  .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), { minLength: 1, maxLength: 6 })
  .chain((names) => fc.tuple(...names.map((name) => whole.map((limits) => ({ name, ...limits })))));

type Limits = typeof whole extends fc.Arbitrary<infer T> ? T & { name: string } : never;

const toUrdf = (joints: readonly Limits[]) =>
  `<robot name="r">${joints.map((it) => `<joint name="${it.name}" type="revolute"><limit lower="${it.min}" upper="${it.max}" velocity="${it.velocity}" acceleration="${it.acceleration}" jerk="${it.jerk}"/></joint>`).join('\n')}</robot>`;

const toYaml = (joints: readonly Limits[]) =>
  `joint_limits:\n${joints
    .map(
      (it) => `  ${JSON.stringify(it.name)}:
    { has_position_limits: true, min_position: ${it.min}, max_position: ${it.max},
      has_velocity_limits: true, max_velocity: ${it.velocity}, has_jerk_limits: true, max_jerk: ${it.jerk},
      has_acceleration_limits: true, max_acceleration: ${it.acceleration} }`,
    )
    .join('\n')}\n`;

const values = (limits: ReturnType<typeof resolveJointLimits>) =>
  limits.map(({ unit, provenance, ...value }) => value);

describe('resolved limits', () => {
  it('are what was written into a URDF, bit for bit', () => {
    fc.assert(
      fc.property(robot, (joints) => {
        const jointNames = joints.map(({ name }) => name);
        expect(values(resolveJointLimits({ jointNames, urdf: toUrdf(joints) }))).toEqual(joints);
      }),
    );
  });

  it('are what was written into a joint_limits.yaml, bit for bit', () => {
    fc.assert(
      fc.property(robot, (joints) => {
        const jointNames = joints.map(({ name }) => name);
        expect(values(resolveJointLimits({ jointNames, jointLimitsYaml: toYaml(joints) }))).toEqual(joints);
      }),
    );
  });

  it('are the tightest of all sources, whichever says it, or an error when no position is left', () => {
    fc.assert(
      fc.property(whole, whole, fc.array(whole, { maxLength: 3 }), (one, other, own) => {
        const all = [one, other, ...own];
        const tightest = {
          name: 'elbow',
          min: Math.max(...all.map(({ min }) => min)),
          max: Math.min(...all.map(({ max }) => max)),
          velocity: Math.min(...all.map(({ velocity }) => velocity)),
          acceleration: Math.min(...all.map(({ acceleration }) => acceleration)),
          jerk: Math.min(...all.map(({ jerk }) => jerk)),
        };
        const resolve = (urdf: typeof one, yaml: typeof one, extra: readonly (typeof one)[]) =>
          resolveJointLimits({
            jointNames: ['elbow'],
            urdf: toUrdf([{ ...urdf, name: 'elbow' }]),
            jointLimitsYaml: toYaml([{ ...yaml, name: 'elbow' }]),
            extra: extra.map((limits) => ({ ...limits, name: 'elbow' })),
          });
        const orders = [() => resolve(one, other, own), () => resolve(other, one, own.toReversed())];
        for (const order of orders) {
          if (tightest.min >= tightest.max) expect(order).toThrow('expected a range of positions');
          else expect(values(order())).toEqual([tightest]);
        }
      }),
    );
  });

  it('name a source that states the very value, and let no source that they beat be tighter', () => {
    fc.assert(
      fc.property(whole, fc.array(whole, { minLength: 1, maxLength: 4 }), (one, own) => {
        fc.pre(own.every(({ min, max }) => min < one.max && max > one.min));
        fc.pre(own.every(({ min }) => own.every(({ max }) => min < max)));
        const inputs: LimitInputs = {
          jointNames: ['elbow'],
          urdf: toUrdf([{ ...one, name: 'elbow' }]),
          extra: own.map((limits, index) => ({ ...limits, name: 'elbow', source: String(index) })),
        };
        for (const limit of resolveJointLimits(inputs))
          for (const quantity of LIMIT_QUANTITIES) {
            const { value, source, over } = limit.provenance[quantity];
            const stated = source.startsWith('URDF') ? one[quantity] : own[Number(source)]?.[quantity];
            expect(stated).toBe(value);
            expect(over).toHaveLength(own.length);
            for (const beaten of over)
              expect(quantity === 'min' ? beaten.value <= value : beaten.value >= value).toBe(true);
          }
      }),
    );
  });

  it('keep a mimic joint inside its own limits wherever the joint that it follows may be', () => {
    const multiplier = fc.oneof(
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.double({ min: -100, max: -0.01, noNaN: true }),
    );
    fc.assert(
      fc.property(
        whole,
        whole,
        multiplier,
        position,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (own, mimic, k, offset, at) => {
          const urdf = toUrdf([
            { ...own, name: 'finger' },
            { ...mimic, name: 'other' },
          ]).replace(
            '</joint></robot>',
            `<mimic joint="finger" multiplier="${k}" offset="${offset}"/></joint></robot>`,
          );
          let limits: ReturnType<typeof resolveJointLimits>;
          try {
            limits = resolveJointLimits({ jointNames: ['finger'], urdf });
          } catch (error) {
            // Right only if the mimic joint is at rest inside its limits for no position of the finger.
            expect(error).toMatchObject({ code: 'LIMITS_INVALID' });
            const ends = [k * own.min + offset, k * own.max + offset];
            const slack = 1e-9 * (1 + Math.abs(offset) + Math.abs(k) * 100);
            expect(Math.max(...ends) <= mimic.min + slack || Math.min(...ends) >= mimic.max - slack).toBe(
              true,
            );
            return;
          }
          const [{ min, max, velocity, acceleration, jerk } = own] = limits;
          const slack = 1e-9 * (1 + Math.abs(offset) + Math.abs(k) * 100);
          const there = k * (min + at * (max - min)) + offset;
          expect(there).toBeGreaterThan(mimic.min - slack);
          expect(there).toBeLessThan(mimic.max + slack);
          expect(velocity * Math.abs(k)).toBeLessThanOrEqual(mimic.velocity * (1 + 1e-12));
          expect(acceleration * Math.abs(k)).toBeLessThanOrEqual(mimic.acceleration * (1 + 1e-12));
          expect(jerk * Math.abs(k)).toBeLessThanOrEqual(mimic.jerk * (1 + 1e-12));
        },
      ),
    );
  });
});

const JUNK = [
  '',
  ' ',
  '0',
  '-0',
  'nan',
  'NaN',
  'inf',
  '-inf',
  '1,5',
  '0x1f',
  '90deg',
  '1e999',
  ['$', '{pi}'].join(''),
  'true',
  '[1]',
  '~',
];

/** Runs what may refuse with LIMITS_INVALID and nothing else; undefined when it did. */
function accepted<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof VLAError && error.code === 'LIMITS_INVALID') return undefined;
    throw error;
  }
}

/** All values that a source states are usable: never NaN, infinite, or a rate of 0. */
function expectSound({ statements }: LimitSource): void {
  for (const { quantity, value } of statements) {
    expect(Number.isFinite(value)).toBe(true);
    if (quantity !== 'min' && quantity !== 'max') expect(value).toBeGreaterThan(0);
  }
}

describe('a damaged file', () => {
  const robots: readonly [string, readonly string[]][] = [
    [SIX_AXIS_URDF, SIX_AXIS_JOINTS],
    [GRIPPER_URDF, GRIPPER_JOINTS],
  ];
  /** Every attribute of an element that states a limit. */
  const attributes = robots.flatMap(([text, jointNames]) =>
    [...text.matchAll(/<(?:limit|safety_controller|mimic) [^>]*>/g)].flatMap((element) =>
      [...element[0].matchAll(/ ([\w]+)=(["'])[^"']*\2/g)].map((match) => ({
        text,
        jointNames,
        name: match[1] ?? '',
        start: element.index + match.index,
        end: element.index + match.index + match[0].length,
      })),
    ),
  );

  it('of XML with one attribute gone or turned to junk gives the same limits or LIMITS_INVALID', () => {
    // URDF knows defaults for these, and a soft limit or a position may well be 0.
    const optional = ['multiplier', 'offset', 'acceleration', 'deceleration', 'jerk'];
    const zeroes = ['lower', 'upper', 'soft_lower_limit', 'soft_upper_limit', 'offset'];
    for (const { text, jointNames, name, start, end } of attributes) {
      const before = values(resolveJointLimits({ jointNames, urdf: text }));
      const replacements = JUNK.filter((junk) => !(zeroes.includes(name) && ['0', '-0'].includes(junk))).map(
        (junk) => ` ${name}="${junk}"`,
      );
      for (const replacement of optional.includes(name) ? replacements : ['', ...replacements]) {
        const urdf = text.slice(0, start) + replacement + text.slice(end);
        const after = accepted(() => resolveJointLimits({ jointNames, urdf }));
        if (after !== undefined) expect(values(after), `${name} → ${replacement}`).toEqual(before);
      }
    }
    expect(attributes.length).toBeGreaterThan(40);
  });

  it('of XML with any characters cut out or put in never gives NaN, infinity or a rate of 0', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...robots),
        fc.nat(),
        fc.nat(40),
        fc.constantFrom('', ...JUNK, '"', '<', '>', '/>', '<!--', '-->', '&', '</joint>'),
        ([text, jointNames], at, length, put) => {
          const start = at % text.length;
          const urdf = text.slice(0, start) + put + text.slice(start + length);
          const parsed = accepted(() => parseUrdfLimits(urdf));
          if (parsed === undefined) return;
          expectSound(parsed);
          const resolved = accepted(() => resolveJointLimits({ jointNames, urdf: parsed }));
          if (resolved !== undefined) checkedJointLimits(resolved, jointNames);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of YAML with one line gone or its value turned to junk gives the same limits or LIMITS_INVALID', () => {
    const inputs = { jointNames: SIX_AXIS_JOINTS, urdf: SIX_AXIS_URDF };
    const before = resolveJointLimits({ ...inputs, jointLimitsYaml: SIX_AXIS_YAML });
    const lines = SIX_AXIS_YAML.split('\n');
    lines.forEach((line, index) => {
      const [, key, value] = /^( {4}\w+:)(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined) return;
      const isPosition = key.includes('_position:');
      const replacements = JUNK.filter((junk) => !(isPosition && ['0', '-0'].includes(junk))).map(
        (junk) => `${key} ${junk}`,
      );
      for (const replacement of [undefined, ...replacements]) {
        const damaged = lines.flatMap((it, at) => (at === index ? (replacement ?? []) : it)).join('\n');
        // A flag that becomes true switches a value on, and one that is gone from a value is an error either way.
        if (key.includes('has_') && replacement?.endsWith(' true')) continue;
        const after = accepted(() => resolveJointLimits({ ...inputs, jointLimitsYaml: damaged }));
        if (after === undefined) continue;
        expect(values(after), replacement ?? `without ${key}`).toEqual(values(before));
      }
    });
  });

  it('of YAML with any characters cut out or put in never gives NaN, infinity or a rate of 0', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(20),
        fc.constantFrom('', ...JUNK, ':', '\n', '*a', '&a ', '- ', '{', '"'),
        (at, length, put) => {
          const start = at % SIX_AXIS_YAML.length;
          const text = SIX_AXIS_YAML.slice(0, start) + put + SIX_AXIS_YAML.slice(start + length);
          const parsed = accepted(() => parseJointLimitsYaml(text));
          if (parsed !== undefined) expectSound(parsed);
        },
      ),
      { numRuns: 500 },
    );
  });
});
