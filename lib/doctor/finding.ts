/** One thing that a doctor looked at: of the machine, or of a ROS graph. */
export interface Finding {
  /** `fail`: it cannot work like this; `warn`: it may, and something is odd or costs performance. */
  readonly level: 'ok' | 'warn' | 'fail';
  /** What it is about, such as `TensorRT` or the full name of a ROS topic. */
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
