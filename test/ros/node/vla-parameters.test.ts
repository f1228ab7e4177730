import { expect, test } from 'vitest';
import { type ParameterSpec, rosType } from '../../../lib/ros/node/parameter-spec.js';
import { acceptedValue } from '../../../lib/ros/node/parameter-value.js';
import { VLA_PARAMETERS } from '../../../lib/ros/node/vla-parameters.js';

const specs: [string, ParameterSpec][] = Object.entries(VLA_PARAMETERS);

test.each(specs)('%s has a default that it allows, and a description in a sentence', (_, spec) => {
  expect(acceptedValue(spec, { type: rosType(spec), value: spec.default })).toEqual(spec.default);
  expect(spec.description).toMatch(/^\S.{8,}\.$/);
});

test('what takes effect during a motion is what cannot make it unsafe', () => {
  const live = specs.filter(([, { change }]) => change === 'live').map(([name]) => name);
  expect(live).toContain('inference_rate_hz');
  for (const guarding of [
    'bundle',
    'joint_limits',
    'workspace',
    'motion_factor',
    'max_tcp_speed',
    'watchdog',
    'watchdog_timeout',
    'max_image_age',
    'max_joint_age',
  ])
    expect(live).not.toContain(guarding);
});
