import { describe, expect, it, vi } from 'vitest';
import { VLAMonitor } from '../../lib/monitor/vla-monitor.js';

describe('VLAMonitor', () => {
  it('starts without numbers rather than with NaN', () => {
    const monitor = new VLAMonitor();
    expect(monitor.summary()).toEqual({
      executions: 0,
      successes: 0,
      failures: 0,
      successRate: undefined,
      inferenceMs: { count: 0, mean: undefined, p50: undefined, p99: undefined, max: undefined },
      instructions: [],
    });
    expect(monitor.report()).toBe('Success Rate: n/a\nAvg Inference: n/a');
  });

  it('reports success rate and mean inference time in two lines, and prints nothing by itself', () => {
    const write = vi.spyOn(process.stdout, 'write');
    const monitor = new VLAMonitor();
    for (let run = 0; run < 20; run++) monitor.logExecution('pick', run > 0, 1.2);
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
    expect(monitor.report()).toBe('Success Rate: 95.0%\nAvg Inference: 1.2ms');
  });

  it('takes one latency per inference of an execution, or none', () => {
    const monitor = new VLAMonitor();
    monitor.logExecution('pick', true, [1, 2, 3]);
    monitor.logExecution('pick', true, 10);
    monitor.logExecution('pick', false, []);
    const { executions, successRate, inferenceMs } = monitor.summary();
    expect(executions).toBe(3);
    expect(successRate).toBeCloseTo(2 / 3, 12);
    expect(inferenceMs).toMatchObject({ count: 4, mean: 4, max: 10 });
    expect(Math.abs((inferenceMs.p50 ?? 0) - 2)).toBeLessThanOrEqual(0.02);
    expect(Math.abs((inferenceMs.p99 ?? 0) - 10)).toBeLessThanOrEqual(0.1);
  });

  it('counts per instruction, the most executed first', () => {
    const monitor = new VLAMonitor();
    monitor.logExecution('wave', true, 1);
    monitor.logExecution('pick', false, 1);
    monitor.logExecution('pick', true, 1);
    expect(monitor.summary().instructions).toEqual([
      { instruction: 'pick', count: 2, successes: 1 },
      { instruction: 'wave', count: 1, successes: 1 },
    ]);
  });

  it('keeps the instructions used last when there are too many, and still counts all executions', () => {
    const monitor = new VLAMonitor({ maxInstructions: 2 });
    for (const instruction of ['a', 'b', 'a', 'c']) monitor.logExecution(instruction, true, 1);
    expect(monitor.summary()).toMatchObject({
      executions: 4,
      instructions: [
        { instruction: 'a', count: 2 },
        { instruction: 'c', count: 1 },
      ],
    });
  });

  it('keeps only the beginning of a very long instruction', () => {
    const monitor = new VLAMonitor();
    monitor.logExecution(`pick ${'é'.repeat(10_000)}`, true, 1);
    const [kept] = monitor.summary().instructions;
    expect(kept?.instruction).toBe(`pick ${'é'.repeat(194)}…`);
  });

  it.each<[unknown, unknown, unknown]>([
    ['pick', true, Number.NaN],
    ['pick', true, -1],
    ['pick', true, [1, Number.POSITIVE_INFINITY]],
    ['pick', true, [1, undefined]],
    ['pick', true, undefined],
    ['pick', true, '3'],
    ['pick', 1, 1],
    [undefined, true, 1],
  ])('refuses logExecution(%s, %s, %s) and records nothing of it', (instruction, success, ms) => {
    const monitor = new VLAMonitor();
    // @ts-expect-error arguments as JavaScript callers may pass them
    expect(() => monitor.logExecution(instruction, success, ms)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(monitor.summary()).toEqual(new VLAMonitor().summary());
  });

  it('forgets everything on reset', () => {
    const monitor = new VLAMonitor();
    monitor.logExecution('pick', true, 5);
    monitor.reset();
    expect(monitor.summary()).toEqual(new VLAMonitor().summary());
  });

  it.each([0, 1.5, Number.NaN])('refuses maxInstructions = %s', (maxInstructions) => {
    expect(() => new VLAMonitor({ maxInstructions })).toThrow(/whole number/);
  });
});
