import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JointLimits } from '../../lib/safety/joint-limits.js';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { type Call, type Command, chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const NAMES = ['base', 'shoulder', 'elbow'];
const limits: readonly JointLimits[] = [
  { name: 'base', min: -2, max: 2, velocity: 1 },
  { name: 'shoulder', min: -1.25, max: 0.5, velocity: 0.75 },
  { name: 'elbow', min: 0, max: 2.5, velocity: 3 },
];

const inside = fc.tuple(
  ...limits.map(({ min, max }) => fc.float({ min, max, noNaN: true })),
  fc.float({ min: 0, max: 1, noNaN: true }),
);
const anything = fc.tuple(
  ...limits.map(() => fc.float({ noNaN: true, noDefaultInfinity: true })),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);
const around = fc.tuple(...[...limits, 0].map(() => fc.float({ min: -4, max: 4, noNaN: true })));
const rowsOf = (row: fc.Arbitrary<number[]>) => fc.array(row, { minLength: 1, maxLength: 6 });
const start = fc.tuple(...limits.map(({ min, max }) => fc.double({ min, max, noNaN: true })));

type Move = Extract<Command, { kind: 'move' }>;
const movesOf = (robot: FakeRobot) =>
  robot.commands.filter((command): command is Move => command.kind === 'move');

describe('for every chunk', () => {
  it('inside the limits, the waypoints reach the robot bit for bit and in their planned time', async () => {
    // Twenty seconds are enough for every joint to cross its whole range.
    const secondsPerWaypoint = 20;
    await fc.assert(
      fc.asyncProperty(rowsOf(inside), start, async (rows, positions) => {
        const robot = new FakeRobot(NAMES);
        robot.positions = positions;
        const chunk = chunkOf(robot, rows, { secondsPerWaypoint });
        const outcome = await new SafeVLAExecutor(robot, { limits }).execute(chunk);
        expect(outcome).toEqual({
          completed: false,
          waypointsRun: rows.length,
          stopped: false,
          adjustments: [],
        });
        const sent = movesOf(robot).flatMap(({ joints }) => joints);
        const asked = rows.flatMap((row) => row.slice(0, 3));
        expect(sent.map((value, index) => Object.is(value, asked[index]))).toEqual(asked.map(() => true));
        expect(movesOf(robot).every(({ durationS }) => durationS === secondsPerWaypoint)).toBe(true);
      }),
    );
  });

  it('whatever it holds, no command leaves the limits of position and average speed', async () => {
    const onWarning = () => {};
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(rowsOf(around), rowsOf(anything)),
        start,
        fc.double({ min: 1e-3, max: 5, noNaN: true }),
        async (rows, positions, secondsPerWaypoint) => {
          const robot = new FakeRobot(NAMES);
          robot.positions = positions;
          const chunk = chunkOf(robot, rows, { secondsPerWaypoint });
          const outcome = await new SafeVLAExecutor(robot, { limits, onWarning }).execute(chunk);
          expect(outcome.waypointsRun).toBe(rows.length);
          let from: readonly number[] = positions;
          for (const { joints, durationS } of movesOf(robot)) {
            expect(durationS).toBeGreaterThanOrEqual(secondsPerWaypoint);
            for (const [joint, { min, max, velocity }] of limits.entries()) {
              const to = joints[joint] ?? Number.NaN;
              expect(to >= min && to <= max).toBe(true);
              const speed = Math.abs(to - (from[joint] ?? Number.NaN)) / durationS;
              expect(speed <= velocity * (1 + 1e-12)).toBe(true);
            }
            from = joints;
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('and every fault, one stop is the last thing that the robot hears', async () => {
    const faults: (Call | 'check' | 'abort')[] = ['move', 'open', 'close', 'gripping', 'sleep', 'state'];
    await fc.assert(
      fc.asyncProperty(
        rowsOf(around),
        fc.constantFrom(...faults, 'check' as const, 'abort' as const),
        fc.nat(5),
        async (rows, fault, at) => {
          const robot = new FakeRobot(NAMES);
          const controller = new AbortController();
          let struck = false;
          const strike = () => {
            struck = true;
            if (fault === 'abort') controller.abort();
            else throw new Error(`${fault} is broken`);
          };
          robot.onCall = (call, number) => {
            if (number === at && call === (fault === 'abort' ? 'move' : fault)) strike();
          };
          let checks = 0;
          const check = () => {
            if (checks++ === at && fault === 'check') strike();
            return [];
          };
          const outcome = await new SafeVLAExecutor(robot, {
            limits,
            collision: { check },
            successCondition: async () => robot.gripper.isGripping(),
            waitS: 0.1,
            onWarning: () => {},
          }).execute(chunkOf(robot, rows), '', { signal: controller.signal });
          expect(outcome.stopped).toBe(struck);
          expect(robot.log.indexOf('stop')).toBe(struck ? robot.log.length - 1 : -1);
          expect(outcome.reason === undefined).toBe(!struck);
        },
      ),
      { numRuns: 500 },
    );
  });
});
