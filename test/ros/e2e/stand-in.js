// The watchdog's process is plain Node, which has no loader for TypeScript.
import { tsImport } from 'tsx/esm/api';

const { rcl } = await tsImport('../../fakes/rclnodejs/rcl.ts', import.meta.url);

/** What the watchdog uses of rclnodejs. */
export const { Context, Node, init } = rcl;
