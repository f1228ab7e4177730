import type { TimeMessage } from '../../lib/ros/messages.js';

const NANOSECONDS_PER_MS = 1e6;

/** ROS's time or duration as milliseconds; a double holds those since 1970 to a quarter of a microsecond. */
export const milliseconds = ({ sec, nanosec }: TimeMessage): number =>
  sec * 1000 + nanosec / NANOSECONDS_PER_MS;

export function timeMessage(ms: number): TimeMessage {
  const sec = Math.floor(ms / 1000);
  const nanosec = Math.min(999_999_999, Math.round((ms - sec * 1000) * NANOSECONDS_PER_MS));
  return { sec, nanosec };
}
