import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { z } from 'zod';

/** A Python script that answers each line on its standard input with a line of JSON. */
export class PythonPeer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  constructor(python: string, args: readonly string[]) {
    this.#child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'close');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Its next line. */
  async answer<T>(schema: z.ZodType<T>): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the Python side of the benchmark ended early');
    return schema.parse(JSON.parse(value));
  }

  ask<T>(line: string, schema: z.ZodType<T>): Promise<T> {
    this.#child.stdin.write(`${line}\n`);
    return this.answer(schema);
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}
