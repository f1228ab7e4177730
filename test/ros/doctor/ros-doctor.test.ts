import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../../lib/doctor/finding.js';
import { type RosDoctorOptions, rosDoctor } from '../../../lib/ros/doctor/ros-doctor.js';
import type { ActionType, ImageMessage, JointStateMessage } from '../../../lib/ros/messages.js';
import { type QosSettings, RELIABLE, SENSOR } from '../../../lib/ros/qos.js';
import type { RosNode, RosNodeOptions } from '../../../lib/ros/ros-node.js';
import { minimalManifest, withValue } from '../../policy/minimal-manifest.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';

const FOLLOW = 'control_msgs/action/FollowJointTrajectory';
const GRIPPER = 'control_msgs/action/GripperCommand';

let graph: TestGraph;
const timers: NodeJS.Timeout[] = [];
beforeEach(() => {
  graph = newGraph();
});
afterEach(() => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  graph.dispose();
});

/** ROS time some milliseconds ago. */
function stampOf(node: RosNode, ageMs: number) {
  const ns = node.now() - BigInt(Math.round(ageMs * 1e6));
  return { sec: Number(ns / 1_000_000_000n), nanosec: Number(ns % 1_000_000_000n) };
}

const every = (ms: number, act: () => void) => void timers.push(setInterval(act, ms));
const ZERO = { sec: 0, nanosec: 0 };

interface Stamped {
  readonly topic?: string;
  readonly qos?: QosSettings;
  /** Of each message, milliseconds; undefined: stamped 0. */
  readonly ageMs?: number | undefined;
}

function publishImages(
  node: RosNode,
  { topic = 'camera/image_raw', qos = SENSOR, ...rest }: Stamped & { image?: Partial<ImageMessage> } = {},
): void {
  const publisher = node.advertise('sensor_msgs/msg/Image', topic, qos);
  const ageMs = 'ageMs' in rest ? rest.ageMs : 1;
  every(30, () =>
    publisher.publish({
      header: { stamp: ageMs === undefined ? ZERO : stampOf(node, ageMs), frame_id: '' },
      width: 4,
      height: 2,
      encoding: 'bgr8',
      is_bigendian: 0,
      step: 12,
      data: new Uint8Array(24),
      ...rest.image,
    }),
  );
}

function publishJoints(
  node: RosNode,
  names: readonly string[],
  { topic = 'joint_states', ...rest }: Stamped = {},
) {
  const publisher = node.advertise('sensor_msgs/msg/JointState', topic, RELIABLE);
  const ageMs = 'ageMs' in rest ? rest.ageMs : 1;
  const zeros = names.map(() => 0);
  every(10, () => {
    const stamp = ageMs === undefined ? ZERO : stampOf(node, ageMs);
    const message: JointStateMessage = {
      header: { stamp, frame_id: '' },
      name: names,
      position: zeros,
      velocity: zeros,
      effort: zeros,
    };
    publisher.publish(message);
  });
}

function serve(node: RosNode, type: ActionType, name: string): void {
  new rcl.ActionServer(node.raw, type, name, () => ({}));
}

/** A robot with all that the node needs. */
async function robot(): Promise<RosNode> {
  const node = await graph.node('robot');
  publishImages(node);
  publishJoints(node, ['a', 'b', 'gripper']);
  serve(node, FOLLOW, 'joint_trajectory_controller/follow_joint_trajectory');
  serve(node, GRIPPER, 'gripper_controller/gripper_cmd');
  return node;
}

/** What the doctor finds once its node sees `seen`, which is true of the topics that a test is about. */
async function examine(
  seen: (node: RosNode) => boolean,
  options: RosDoctorOptions = {},
  nodeOptions: Omit<RosNodeOptions, 'name'> = {},
): Promise<Finding[]> {
  const node = await graph.node('vla_node', nodeOptions);
  await until(() => seen(node));
  return rosDoctor(node, { discoverMs: 0, listenMs: 500, hasInterface: () => false, ...options });
}

const publishes = (name: string) => (node: RosNode) => node.raw.countPublishers(node.resolveTopic(name)) > 0;
const named = (findings: readonly Finding[], name: string) =>
  findings.filter(({ topic }) => topic === `${graph.namespace}/${name}`);

describe('a robot that has everything', () => {
  it('is found with types, rates, contents, joints, stamps and servers, and nothing fails', async () => {
    await robot();
    const findings = await examine((node) =>
      ['camera/image_raw', 'joint_states', 'gripper_controller/gripper_cmd/_action/status'].every((name) =>
        publishes(name)(node),
      ),
    );
    // A busy machine makes stamps look old and rates low; that is not what this is about.
    const timed = /stamps are|images\/s|messages\/s/;
    expect(findings.filter(({ level, message }) => level !== 'ok' && !timed.test(message))).toEqual([]);
    const messages = (name: string) =>
      named(findings, name)
        .map(({ message }) => message)
        .join('\n');
    expect(messages('camera/image_raw')).toMatch(
      /sensor_msgs\/msg\/Image from \S*\/robot \(best effort, volatile.*\).* images\/s\n4×2 bgr8\nstamps are/s,
    );
    expect(messages('joint_states')).toMatch(
      /\(reliable, volatile.*messages\/s\njoints a, b, gripper\nstamps/s,
    );
    expect(messages('joint_trajectory_controller/follow_joint_trajectory')).toContain(FOLLOW);
    expect(messages('gripper_controller/gripper_cmd')).toContain(GRIPPER);
    expect(messages('vla/instruction')).toContain('nobody publishes an instruction yet');
  });

  it('is examined in little more than the time that is allowed', async () => {
    await robot();
    const start = performance.now();
    await examine(publishes('joint_states'), { discoverMs: 100, listenMs: 300 });
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('a graph with nothing in it', () => {
  it('fails in each part by itself', async () => {
    const findings = await examine(() => true, { listenMs: 100 });
    const failed = findings.filter(({ level }) => level === 'fail').map(({ topic }) => topic);
    expect(failed).toEqual(
      [
        'camera/image_raw',
        'joint_states',
        'joint_trajectory_controller/follow_joint_trajectory',
        'gripper_controller/gripper_cmd',
      ].map((name) => `${graph.namespace}/${name}`),
    );
  });

  it('has nothing to ask of an arm without a gripper', async () => {
    const findings = await examine(() => true, { listenMs: 100, parameters: { gripper_action: '' } });
    expect(named(findings, 'gripper_controller/gripper_cmd')).toEqual([]);
  });
});

describe('what is published elsewhere', () => {
  it('is offered as a remapping', async () => {
    const node = await graph.node('robot');
    publishImages(node, { topic: 'wrist/image' });
    serve(node, FOLLOW, 'arm/follow');
    const findings = await examine(
      (doctor) => publishes('wrist/image')(doctor) && publishes('arm/follow/_action/status')(doctor),
      { listenMs: 100 },
    );
    expect(named(findings, 'camera/image_raw')).toEqual([
      expect.objectContaining({
        level: 'fail',
        // Others may publish images too where tests share a real graph.
        message: expect.stringContaining(`${graph.namespace}/wrist/image`),
        remedy: expect.stringMatching(/^--ros-args -r camera\/image_raw:=\/\S+$/),
      }),
    ]);
    expect(named(findings, 'joint_trajectory_controller/follow_joint_trajectory')).toEqual([
      expect.objectContaining({
        level: 'fail',
        remedy: expect.stringMatching(/^--ros-args -p trajectory_action:=\/\S+$/),
      }),
    ]);
    expect(named(findings, 'arm/follow')).toMatchObject([{ level: 'ok' }]);
  });

  it('is read where remappings and parameters of the command line lead', async () => {
    const node = await graph.node('robot');
    publishImages(node, { topic: 'wrist/image' });
    serve(node, FOLLOW, 'arm/follow');
    const args = ['--ros-args', '-r', 'camera/image_raw:=wrist/image', '-p', 'trajectory_action:=arm/follow'];
    const findings = await examine(
      (doctor) => publishes('wrist/image')(doctor) && publishes('arm/follow/_action/status')(doctor),
      {},
      { args },
    );
    expect(named(findings, 'wrist/image').map(({ message }) => message)).toContain('4×2 bgr8');
    expect(named(findings, 'arm/follow')).toMatchObject([{ level: 'ok' }]);
  });
});

describe('what does not fit', () => {
  it('is a QoS with which nothing would ever arrive', async () => {
    const node = await graph.node('robot');
    node.advertise('std_msgs/msg/String', 'vla/instruction', { ...RELIABLE, reliability: 'best-effort' });
    const findings = await examine(publishes('vla/instruction'), { listenMs: 100 });
    expect(named(findings, 'vla/instruction')).toMatchObject([
      { level: 'fail', message: expect.stringMatching(/best effort, reliable is asked for/) },
    ]);
  });

  it('is another type', async () => {
    const node = await graph.node('robot');
    node.advertise('std_msgs/msg/String', 'joint_states', RELIABLE);
    const findings = await examine(publishes('joint_states'), { listenMs: 100 });
    expect(named(findings, 'joint_states')).toMatchObject([
      { level: 'fail', message: expect.stringContaining('publishes std_msgs/msg/String') },
    ]);
  });

  it('is an image that is compressed where a raw one is read, and the other way round', async () => {
    const node = await graph.node('robot');
    node.advertise('sensor_msgs/msg/CompressedImage', 'camera/image_raw', SENSOR);
    const findings = await examine(publishes('camera/image_raw'), { listenMs: 100 });
    expect(named(findings, 'camera/image_raw').map(({ remedy }) => remedy)).toContain(
      '--ros-args -p image_transport:=compressed',
    );
  });

  it('is an encoding that no policy can read', async () => {
    const node = await graph.node('robot');
    publishImages(node, { image: { encoding: 'bayer_rggb8', step: 4, data: new Uint8Array(8) } });
    const findings = await examine(publishes('camera/image_raw'));
    expect(named(findings, 'camera/image_raw')).toContainEqual(
      expect.objectContaining({ level: 'fail', message: expect.stringContaining('bayer_rggb8') }),
    );
  });

  it('is a topic on which nothing comes', async () => {
    const node = await graph.node('robot');
    node.advertise('sensor_msgs/msg/Image', 'camera/image_raw', SENSOR);
    node.advertise('sensor_msgs/msg/JointState', 'joint_states', RELIABLE);
    const findings = await examine(
      (doctor) => publishes('camera/image_raw')(doctor) && publishes('joint_states')(doctor),
      { listenMs: 100 },
    );
    for (const name of ['camera/image_raw', 'joint_states'])
      expect(named(findings, name)).toContainEqual(
        expect.objectContaining({ level: 'fail', message: expect.stringContaining('nothing arrives') }),
      );
  });

  it('is a second publisher', async () => {
    const [one, other] = [await graph.node('robot'), await graph.node('other')];
    publishJoints(one, ['a']);
    publishJoints(other, ['b']);
    const findings = await examine(
      (doctor) => doctor.raw.countPublishers(doctor.resolveTopic('joint_states')) === 2,
    );
    expect(named(findings, 'joint_states')).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('2 publishers') }),
    );
  });
});

describe('stamps', () => {
  it.each([
    ['are older than the guards take', 10_000, 'fail', /10\.\d s old in the mean/],
    ['lie in the future', -10_000, 'fail', /(9|10)\.\d s in the future in the mean/],
    ['are not set', undefined, 'warn', /stamped 0/],
  ])('that %s are told', async (_what, ageMs, level, message) => {
    const node = await graph.node('robot');
    publishImages(node, { ageMs });
    publishJoints(node, ['a'], { ageMs });
    const findings = await examine(
      (doctor) => publishes('camera/image_raw')(doctor) && publishes('joint_states')(doctor),
    );
    for (const name of ['camera/image_raw', 'joint_states'])
      expect(named(findings, name)).toContainEqual(
        expect.objectContaining({ level, message: expect.stringMatching(message) }),
      );
  });

  it('may be as old as the parameters of the guards say', async () => {
    const node = await graph.node('robot');
    publishImages(node, { ageMs: 10_000 });
    const findings = await examine(publishes('camera/image_raw'), { parameters: { max_image_age: 60 } });
    const levels = named(findings, 'camera/image_raw').filter(({ message }) => message.startsWith('stamps'));
    expect(levels).toMatchObject([{ level: 'warn' }]);
  });
});

describe('the joints of the policy', () => {
  /** A bundle whose policy moves six joints and a gripper. */
  function bundle(): string {
    const directory = mkdtempSync(path.join(tmpdir(), 'jetson-vla-doctor-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const sha256 = createHash('sha256').update('words').digest('hex');
    const manifest = withValue(minimalManifest(), ['inputs', 'text', 'tokenizer', 'sha256'], sha256);
    writeFileSync(path.join(directory, 'policy.json'), JSON.stringify(manifest));
    writeFileSync(path.join(directory, 'tokenizer.json'), 'words');
    writeFileSync(path.join(directory, 'model.onnx'), '');
    return directory;
  }

  it('are compared with those of the robot', async () => {
    publishJoints(await graph.node('robot'), ['pan', 'lift', 'joint_3']);
    const findings = await examine(publishes('joint_states'), { parameters: { bundle: bundle() } });
    expect(named(findings, 'joint_states')).toContainEqual(
      expect.objectContaining({
        level: 'fail',
        message: expect.stringMatching(/no joint is called elbow, wrist_1, wrist_2, wrist_3, which/),
      }),
    );
  });

  it('may have other names on the robot, but not be fewer', async () => {
    publishJoints(await graph.node('robot'), ['a', 'b']);
    const parameters = { bundle: bundle(), joint_names: ['a', 'b'] };
    const findings = await examine(publishes('joint_states'), { parameters });
    expect(findings.filter(({ topic }) => topic === 'bundle')).toMatchObject([
      { level: 'fail', message: expect.stringContaining('joint_names has 2') },
    ]);
    expect(named(findings, 'joint_states').map(({ message }) => message)).toContain(
      'joints a, b: all that the policy moves',
    );
  });

  it('of a bundle that is not there do not keep the rest from being examined', async () => {
    const findings = await examine(() => true, { listenMs: 100, parameters: { bundle: '/nowhere' } });
    expect(findings.filter(({ topic }) => topic === 'bundle')).toMatchObject([{ level: 'fail' }]);
    expect(findings.some(({ topic }) => topic === 'middleware')).toBe(true);
  });
});

describe('time', () => {
  it('stands still with use_sim_time and no clock', async () => {
    const findings = await examine(
      () => true,
      { listenMs: 100 },
      { args: ['--ros-args', '-p', 'use_sim_time:=true'] },
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'fail', topic: 'time', message: expect.stringContaining('/clock') }),
    );
  });
});
