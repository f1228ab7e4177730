import { afterEach, describe, expect, it, vi } from 'vitest';
import { interruptible } from '../../lib/cli/interrupt.js';

const before = process.listenerCount('SIGINT');
const hangups = process.listenerCount('SIGHUP');

describe('an interruptible program', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('takes signals that come together for one: the work ends in order', async () => {
    vi.useFakeTimers();
    let told = 0;
    let finish = () => {};
    const running = interruptible(
      (signal) =>
        new Promise<string>((resolve) => {
          finish = () => resolve(`aborted: ${signal.aborted}`);
        }),
      () => {
        told++;
      },
    );
    process.emit('SIGTERM', 'SIGTERM');
    process.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(900);
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    expect(told).toBe(1);
    finish();
    expect(await running).toBe('aborted: true');
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('can clean up after %s', async (name) => {
    const running = interruptible(
      (signal) => new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('clean'))),
      () => {},
    );
    process.emit(name, name);
    expect(await running).toBe('clean');
    expect(process.listenerCount('SIGHUP')).toBe(hangups);
  });

  it('leaves a later signal to its default, which ends the program', async () => {
    vi.useFakeTimers();
    let finish = () => {};
    const running = interruptible(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
      () => {},
    );
    process.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(1000);
    expect(process.listenerCount('SIGINT')).toBe(before);
    finish();
    await running;
  });
});
