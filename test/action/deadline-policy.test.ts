import { describe, expect, it } from 'vitest';
import { DEADLINE_POLICIES, DeadlineWatch } from '../../lib/action/deadline-policy.js';

const at = (remaining: number, { moving = true, triggerLevel = 2.5 } = {}) => ({
  remaining,
  moving,
  triggerLevel,
});

describe('the deadline of the next chunk', () => {
  it('is when less than one waypoint is left, once per chunk', () => {
    const watch = new DeadlineWatch();
    expect(watch.check(at(1))).toBeUndefined();
    expect(watch.check(at(0.99))).toEqual({ rate: 0.5 });
    expect(watch.check(at(0.5))).toBeUndefined();
    watch.renew();
    expect(watch.check(at(0.5))).toEqual({ rate: 0.5 });
  });

  it.each([
    ['decelerate', 0.5],
    ['hold', 0],
    ['lastGood', undefined],
  ] as const)('%s goes on at the rate %s', (policy, rate) => {
    expect(new DeadlineWatch(policy).check(at(0.5))).toEqual({ rate });
  });

  it('is not missed by a robot at rest: that is starvation', () => {
    expect(new DeadlineWatch().check(at(0, { moving: false }))).toBeUndefined();
  });

  it('leaves the pace alone when only the gripper is still at work', () => {
    expect(new DeadlineWatch('hold').check(at(0))).toEqual({ rate: undefined });
  });

  it('gives the request for short chunks a chance first', () => {
    const watch = new DeadlineWatch();
    expect(watch.check(at(0.5, { triggerLevel: 1 }))).toBeUndefined();
    expect(watch.check(at(0.4, { triggerLevel: 1 }))).toEqual({ rate: 0.5 });
  });

  it('refuses a reserve of nothing and a policy that it does not know', () => {
    expect(() => new DeadlineWatch('hold', 0)).toThrow(/deadlineReserve must be above 0/);
    expect(() => Reflect.construct(DeadlineWatch, ['panic'])).toThrow(
      `deadlinePolicy must be ${DEADLINE_POLICIES.join(', ')}, got "panic"`,
    );
  });
});
