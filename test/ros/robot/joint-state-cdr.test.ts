import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JointStateMessage } from '../../../lib/ros/messages.js';
import { RELIABLE } from '../../../lib/ros/qos.js';
import { readJointState } from '../../../lib/ros/robot/joint-state-cdr.js';
import type { TopicPublisher } from '../../../lib/ros/ros-node.js';
import { newGraph, until } from '../harness.js';

const TYPE = 'sensor_msgs/msg/JointState';
const graph = newGraph();
let publisher: TopicPublisher<typeof TYPE>;
const received: Uint8Array[] = [];

beforeAll(async () => {
  const node = await graph.node('arm');
  publisher = node.advertise(TYPE, 'joint_states', RELIABLE);
  node.subscribeCdr(TYPE, 'joint_states', RELIABLE, (cdr) => received.push(cdr));
  await until(() => node.raw.countSubscribers(publisher.name) > 0);
});
afterAll(() => graph.dispose());

async function wire(message: JointStateMessage): Promise<Uint8Array> {
  received.length = 0;
  // Discovery may still be under way.
  await until(() => {
    if (received.length === 0) publisher.publish(message);
    return received.length > 0;
  });
  return received[0] ?? new Uint8Array();
}

const numbers = fc.array(fc.double(), { maxLength: 4 });
const anyJointState = fc.record({
  header: fc.record({
    stamp: fc.record({ sec: fc.integer({ min: 0 }), nanosec: fc.integer({ min: 0, max: 999_999_999 }) }),
    frame_id: fc.string({ maxLength: 9 }),
  }),
  name: fc.array(fc.constantFrom('', 'a', 'elbow', 'shoulder_pan_joint', 'gelenk_ä'), { maxLength: 5 }),
  position: numbers,
  velocity: numbers,
  effort: numbers,
});

describe('a joint state read from the wire', () => {
  it('says what its sender put in', async () => {
    await fc.assert(
      fc.asyncProperty(anyJointState, async (message) => {
        fc.pre(!message.header.frame_id.includes('\0'));
        const { header, name, position, velocity } = readJointState(await wire(message));
        expect({ header, name }).toEqual({ header: message.header, name: message.name });
        expect(Array.from(position)).toEqual(message.position);
        expect(Array.from(velocity)).toEqual(message.velocity);
      }),
      { numRuns: 30 },
    );
  });

  it('may come from a machine of the other byte order, anywhere in a buffer', () => {
    // encapsulation, sec, nanosec, "" + padding, one name "j" + padding, one position, no velocity
    const words = Buffer.from(
      '00000000 00000007 00000009 00000001 00000000 00000001 00000002 6a000000 00000001 3ff8000000000000 00000000'.replaceAll(
        ' ',
        '',
      ),
      'hex',
    );
    // Behind the count of positions, 32 bytes lie before the first: that is a multiple of 8 already.
    const shifted = Buffer.concat([Buffer.alloc(3), words]).subarray(3);
    expect(readJointState(shifted)).toEqual({
      header: { stamp: { sec: 7, nanosec: 9 }, frame_id: '' },
      name: ['j'],
      position: Float64Array.of(1.5),
      velocity: new Float64Array(),
    });
  });

  it('is refused when it is cut anywhere or is something else, whatever counts it states', async () => {
    const stamp = { sec: 1, nanosec: 2 };
    const cdr = await wire({
      header: { stamp, frame_id: 'base' },
      name: ['a', 'b'],
      position: [1, 2],
      velocity: [3, 4],
      effort: [],
    });
    const refused = expect.objectContaining({ code: 'ROBOT_FAILED' });
    // The last 4 bytes are the count of the efforts, which are not read.
    for (let length = 0; length < cdr.length - 4; length++)
      expect(() => readJointState(cdr.subarray(0, length))).toThrow(refused);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          readJointState(Uint8Array.of(0, 1, 0, 0, ...bytes));
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }),
    );
    expect(() => readJointState(Uint8Array.of(0, 7, 0, 0, ...cdr.subarray(4)))).toThrow(refused);
  });
});
