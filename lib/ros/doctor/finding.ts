/** One thing that the doctor looked at. */
export interface Finding {
  /** `fail`: the node cannot work like this; `warn`: it may, and something is odd. */
  readonly level: 'ok' | 'warn' | 'fail';
  /** What it is about, such as `rclnodejs` or the full name of a topic. */
  readonly topic: string;
  readonly message: string;
  /** What to do. */
  readonly remedy?: string;
}

export function ok(topic: string, message: string, remedy?: string): Finding {
  return { level: 'ok', topic, message, ...(remedy !== undefined && { remedy }) };
}

export function warn(topic: string, message: string, remedy?: string): Finding {
  return { level: 'warn', topic, message, ...(remedy !== undefined && { remedy }) };
}

export function fail(topic: string, message: string, remedy?: string): Finding {
  return { level: 'fail', topic, message, ...(remedy !== undefined && { remedy }) };
}
