import { LINGER_MS } from './graph/broker.js';

/**
 * What a throw inside a callback does: rclnodejs's native side turns it into an abort, past every handler. Tests put
 * something else here to see it and live.
 */
let fatal: (error: unknown) => void = (error) => {
  process.stderr.write(
    `rclnodejs stand-in: a callback threw, as in reality the process aborts: ${String(error)}\n`,
  );
  process.abort();
};

export function onFatal(hook: (error: unknown) => void): () => void {
  const before = fatal;
  fatal = hook;
  return () => {
    fatal = before;
  };
}

export function die(error: unknown): void {
  fatal(error);
}

interface Mortal {
  cease(lingerMs: number): void;
}

/**
 * As if the process of this node had been killed: it neither answers nor sends any more, yet is seen in the graph for
 * some seconds.
 */
export function kill(node: object, lingerMs = LINGER_MS): void {
  mortal(node).cease(lingerMs);
}

/** As if the process of this node hung: it is in the graph for ever, and nothing comes from it. */
export function freeze(node: object): void {
  mortal(node).cease(Number.POSITIVE_INFINITY);
}

function mortal(node: object): Mortal {
  if (!('core' in node) || !isMortal(node.core)) throw new TypeError('not a node of the stand-in');
  return node.core;
}

function isMortal(value: unknown): value is Mortal {
  return typeof value === 'object' && value !== null && 'cease' in value;
}
