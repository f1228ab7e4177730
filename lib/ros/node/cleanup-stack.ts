/** What was opened, to be given back in reverse order. Each is tried, whatever the others do. */
export class CleanupStack implements AsyncDisposable {
  readonly #cleanups: (() => void | Promise<void>)[] = [];

  add(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  /** @throws the first error, once all were tried */
  async dispose(): Promise<void> {
    const errors: unknown[] = [];
    for (let next = this.#cleanups.pop(); next !== undefined; next = this.#cleanups.pop()) {
      try {
        await next();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
