import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InferenceTrigger } from '../../lib/action/inference-trigger.js';

const PERIOD = 20;
const at = (remaining: number, delayActions = 0, nowMs = 0) => ({
  nowMs,
  remaining,
  horizon: 5,
  delayActions,
});

describe('the trigger', () => {
  it('asks when half of the chunk is left', () => {
    const trigger = new InferenceTrigger(PERIOD);
    expect(trigger.due(at(2.6))).toBe(false);
    expect(trigger.due(at(2.5))).toBe(true);
  });

  it('asks earlier when the delay would use up more than that, with one and a half to spare', () => {
    const trigger = new InferenceTrigger(PERIOD);
    expect(trigger.due(at(4.1, 2.5))).toBe(false);
    expect(trigger.due(at(4, 2.5))).toBe(true);
  });

  it('asks when the queue is empty, whatever the threshold, and when nobody knows what remains', () => {
    const trigger = new InferenceTrigger(PERIOD, { threshold: 0, margin: 0 });
    expect(trigger.due(at(0))).toBe(true);
    expect(trigger.due({ ...at(0), horizon: 0 })).toBe(true);
    expect(trigger.due(at(Number.NaN))).toBe(true);
  });

  it('asks once at a time', () => {
    const trigger = new InferenceTrigger(PERIOD);
    trigger.requested();
    expect(trigger.due(at(0))).toBe(false);
    trigger.served();
    expect(trigger.due(at(0))).toBe(true);
    expect(trigger.due(at(5))).toBe(false);
  });

  it('asks again at once after a failure, then after 1, 3 and 7 periods, at most half a second', () => {
    const trigger = new InferenceTrigger(PERIOD);
    for (const waitMs of [0, 20, 60, 140, 300, 500, 500]) {
      trigger.requested();
      trigger.failed(1000);
      expect(trigger.due(at(5, 0, 999 + waitMs))).toBe(false);
      expect(trigger.due(at(5, 0, 1000 + waitMs))).toBe(true);
    }
    trigger.requested();
    trigger.served();
    trigger.requested();
    trigger.failed(2000);
    expect(trigger.due(at(5, 0, 2000))).toBe(true);
  });

  it('asks at once for a new instruction, though much remains and much has failed', () => {
    const trigger = new InferenceTrigger(PERIOD);
    trigger.failed(0);
    trigger.failed(0);
    trigger.urge();
    expect(trigger.due(at(5))).toBe(true);
  });

  it('asks again when an answer was dropped', () => {
    const trigger = new InferenceTrigger(PERIOD);
    trigger.requested();
    trigger.dropped();
    expect(trigger.due(at(5))).toBe(true);
  });

  it('asks in the end whenever the queue runs dry, whatever happened before', () => {
    const event = fc.constantFrom('served', 'failed', 'dropped', 'urge', 'wait');
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (events, threshold, margin) => {
          const trigger = new InferenceTrigger(PERIOD, { threshold, margin });
          let now = 0;
          let inFlight = false;
          for (const kind of events) {
            now += PERIOD;
            if (trigger.due(at(1, 0, now))) {
              expect(inFlight).toBe(false);
              trigger.requested();
              inFlight = true;
            }
            if (kind === 'urge') trigger.urge();
            if (!inFlight || kind === 'urge' || kind === 'wait') continue;
            inFlight = false;
            if (kind === 'failed') trigger.failed(now);
            else trigger[kind]();
          }
          // The last request ends somehow, and the queue is dry from now on.
          if (inFlight) trigger.failed(now);
          expect(trigger.due(at(0, 0, now + 500))).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['threshold', { threshold: 1.5 }],
    ['margin', { margin: -1 }],
    ['maxBackOffMs', { maxBackOffMs: Number.POSITIVE_INFINITY }],
  ])('refuses a wrong %s', (name, options) => {
    expect(() => new InferenceTrigger(PERIOD, options)).toThrow(`trigger.${name}`);
  });
});
