/** What is said about an object that was collected; must not refer to the object itself. */
interface Leak {
  readonly what: string;
  readonly stack: string;
  readonly onLeak: () => void;
}

const registry = new FinalizationRegistry<Leak>(({ what, stack, onLeak }) => {
  onLeak();
  process.emitWarning(`${what} was garbage collected without dispose()`, {
    type: 'JetsonVLAWarning',
    code: 'JETSON_VLA_LEAK',
    detail: `Garbage collection comes late and frees GPU memory late. It was made here:\n${stack}`,
  });
});

/**
 * Warns, with the stack of this call, when `owner` is collected before the returned function was called.
 *
 * @param onLeak is called then, too; must not refer to `owner`
 * @returns call it when `owner` was disposed
 */
export function warnIfLeaked(owner: object, what: string, onLeak: () => void): () => void {
  const stack = new Error().stack?.split('\n').slice(2).join('\n') ?? '    (no stack)';
  const token = {};
  registry.register(owner, { what, stack, onLeak }, token);
  return () => {
    registry.unregister(token);
  };
}
