import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortable } from '../../lib/robot/abortable.js';

const aborted = (cause: unknown) => expect.objectContaining({ code: 'ABORTED', cause });

describe('abortable', () => {
  it('is the result or the error of the work, with a signal or without', async () => {
    const { signal } = new AbortController();
    const error = new Error('broken');
    for (const given of [signal, undefined]) {
      expect(await abortable(() => 1, given)).toBe(1);
      expect(await abortable(async () => 2, given)).toBe(2);
      await expect(abortable(() => Promise.reject(error), given)).rejects.toBe(error);
    }
  });

  it('does not start the work when the signal has fired before', async () => {
    let started = false;
    const work = () => {
      started = true;
    };
    await expect(abortable(work, AbortSignal.abort('late'))).rejects.toEqual(aborted('late'));
    expect(started).toBe(false);
  });

  it('leaves work that hangs', async () => {
    const controller = new AbortController();
    const call = abortable(() => new Promise(() => {}), controller.signal);
    controller.abort('enough');
    await expect(call).rejects.toEqual(aborted('enough'));
  });

  it('drops a result that is ready just when the signal fires', async () => {
    const controller = new AbortController();
    const call = abortable(() => 1, controller.signal);
    controller.abort('now');
    await expect(call).rejects.toEqual(aborted('now'));
  });

  it('rejects with ABORTED when the work itself gives up because of the signal', async () => {
    const controller = new AbortController();
    const work = () =>
      new Promise((_, reject) => {
        controller.signal.addEventListener('abort', () => reject(new Error('gave up')));
      });
    const call = abortable(work, controller.signal);
    controller.abort('stop');
    await expect(call).rejects.toEqual(aborted('stop'));
  });

  it('leaves no listener on the signal, whether the work succeeds or fails', async () => {
    const { signal } = new AbortController();
    await abortable(() => 1, signal);
    await abortable(() => Promise.reject(new Error('broken')), signal).catch(() => {});
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
