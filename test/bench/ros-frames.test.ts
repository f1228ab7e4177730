import { describe, expect, it } from 'vitest';
import { FRAME_NUMBERS, FrameLog } from '../../bench/ros/frame-log.js';
import { ImageCdr } from '../../bench/ros/image-cdr.js';
import { frameNumber } from '../../bench/ros/latency-side.js';
import { nearestFrame } from '../../bench/ros/nearest-frame.js';

describe('the log of frames', () => {
  it('tells how long after its frame each answer came, in whatever order', () => {
    const log = new FrameLog();
    log.sent(7, 100);
    log.sent(8, 133);
    log.answered(8, 140);
    log.answered(7, 145);
    expect(log.take()).toEqual({ latencies: [7, 45], missed: 0 });
  });

  it('counts the first answer to a frame only, and frames without one', () => {
    const log = new FrameLog();
    log.sent(1, 0);
    log.sent(2, 33);
    log.answered(1, 5);
    log.answered(1, 15);
    log.answered(9, 15);
    expect(log.take()).toEqual({ latencies: [5], missed: 1 });
  });

  it('begins anew when it was read: late answers to older frames are none', () => {
    const log = new FrameLog();
    log.sent(3, 0);
    log.take();
    log.answered(3, 5000);
    expect(log.take()).toEqual({ latencies: [], missed: 0 });
  });

  it('gives numbers that fit into a byte, each in its turn', () => {
    const log = new FrameLog();
    const numbers = Array.from({ length: FRAME_NUMBERS + 2 }, () => log.next());
    expect(numbers.slice(0, 3)).toEqual([0, 1, 2]);
    expect(numbers.slice(-3)).toEqual([255, 0, 1]);
  });
});

describe('the frame that a stamp means', () => {
  const frames = [
    { number: 4, stampMs: 1000 },
    { number: 5, stampMs: 1033 },
  ];

  it('is the nearest one', () => {
    expect(nearestFrame(frames, 1032.8, 33)?.number).toBe(5);
    expect(nearestFrame(frames, 1000.3, 33)?.number).toBe(4);
  });

  it('is none when no frame is nearer than half a period', () => {
    expect(nearestFrame(frames, 1060, 33)).toBeUndefined();
    expect(nearestFrame([], 1000, 33)).toBeUndefined();
  });
});

describe('an image as it goes over the wire', () => {
  it('has its fields where CDR puts them', () => {
    const image = new ImageCdr(64, 48);
    image.stamp({ sec: 12, nanosec: 345 });
    image.mark(200, 17);
    const { bytes } = image;
    expect([...bytes.subarray(0, 4)]).toEqual([0, 1, 0, 0]);
    expect([bytes.readInt32LE(4), bytes.readUInt32LE(8)]).toEqual([12, 345]);
    expect(bytes.toString('latin1', 16, 23)).toBe('camera\0');
    // 23 bytes are filled up to 24.
    expect([bytes.readUInt32LE(24), bytes.readUInt32LE(28)]).toEqual([48, 64]);
    expect([bytes.readUInt32LE(32), bytes.toString('latin1', 36, 41)]).toEqual([5, 'bgr8\0']);
    expect(bytes[41]).toBe(0);
    expect([bytes.readUInt32LE(44), bytes.readUInt32LE(48)]).toEqual([3 * 64, 3 * 64 * 48]);
    expect(bytes.length).toBe(52 + 3 * 64 * 48);
    expect([...bytes.subarray(52, 54)]).toEqual([200, 17]);
    // A buffer of its own: rclnodejs publishes from byte 0 of it.
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length]);
  });

  it('comes back as the number in the actions', () => {
    const actions = new Float32Array(35).fill(0.5);
    for (const number of [0, 1, 128, 255]) {
      actions[6] = Math.fround(number / 255);
      const layout = new Uint8Array(17);
      const cdr = new Uint8Array(layout.length + actions.byteLength);
      cdr.set(new Uint8Array(actions.buffer), layout.length);
      expect(frameNumber(cdr)).toBe(number);
    }
  });
});
