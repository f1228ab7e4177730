import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimTimeClock } from '../../../lib/ros/robot/sim-time-clock.js';
import { until } from '../harness.js';

function simulation(rosMs = 1000) {
  const simulated = { rosMs, jumps: [] as number[], gone: false };
  const clock = new SimTimeClock(
    () => {
      if (simulated.gone) throw new Error('the node has gone');
      return simulated.rosMs;
    },
    (jumpMs) => simulated.jumps.push(jumpMs),
  );
  return { simulated, clock };
}

/** Lets real time pass in which a sleeper would wake if it could. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a clock on ROS time', () => {
  it('tells the time of the simulation', () => {
    const { simulated, clock } = simulation(1000);
    expect(clock.now()).toBe(1000);
    simulated.rosMs = 1250.5;
    expect(clock.now()).toBe(1250.5);
  });

  it('never goes back, and goes on from where it was when ROS time does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 2 }), (times) => {
        const { simulated, clock } = simulation(times[0]);
        let [last, lastRos] = [clock.now(), simulated.rosMs];
        for (const rosMs of times.slice(1)) {
          simulated.rosMs = rosMs;
          expect(clock.now() - last).toBe(Math.max(0, rosMs - lastRos));
          [last, lastRos] = [clock.now(), rosMs];
        }
      }),
    );
  });

  it('reports that a simulation began anew, but not that two messages overtook each other', () => {
    const { simulated, clock } = simulation(5000);
    clock.now();
    simulated.rosMs = 4990;
    clock.now();
    expect(simulated.jumps).toEqual([]);
    simulated.rosMs = 0;
    clock.now();
    expect(simulated.jumps).toEqual([4990]);
  });

  it('wakes sleepers once ROS time is there, in the order in which they are due', async () => {
    const { simulated, clock } = simulation(0);
    const woken: string[] = [];
    const sleeps = [
      clock.sleep(200).then(() => woken.push('late')),
      clock.sleep(100).then(() => woken.push('early')),
      clock.sleep(150).then(() => woken.push('between')),
      clock.sleep(10_000).then(() => woken.push('never')),
    ];
    await pause();
    expect(woken).toEqual([]);
    simulated.rosMs = 500;
    await Promise.all(sleeps.slice(0, 3));
    expect(woken).toEqual(['early', 'between', 'late']);
    simulated.rosMs = 10_000;
    await sleeps[3];
  });

  it('lets nobody sleep longer because the simulation began anew', async () => {
    const { simulated, clock } = simulation(100_000);
    const sleep = clock.sleep(50);
    simulated.rosMs = 0;
    await pause();
    simulated.rosMs = 60;
    await sleep;
  });

  it('ends a sleep through its signal while the simulation is paused', async () => {
    const { simulated, clock } = simulation();
    const stop = new AbortController();
    const [stopped, other] = [clock.sleep(10, stop.signal), clock.sleep(10)];
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(clock.sleep(10, stop.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    simulated.rosMs += 10;
    await other;
  });

  it('ends all sleeps with the error of a node that has gone', async () => {
    const { simulated, clock } = simulation();
    const sleep = clock.sleep(10);
    simulated.gone = true;
    await expect(sleep).rejects.toThrow('the node has gone');
  });

  it('never ends a sleep within the call, and refuses NaN', async () => {
    const { clock } = simulation();
    let woken = false;
    void clock.sleep(0).then(() => {
      woken = true;
    });
    await Promise.resolve();
    expect(woken).toBe(false);
    await until(() => woken);
    await expect(clock.sleep(Number.NaN)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
