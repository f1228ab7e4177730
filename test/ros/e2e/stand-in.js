// The watchdog's process is plain Node, which has no loader for TypeScript.
import { tsImport } from 'tsx/esm/api';

const { rcl } = await tsImport('../../fakes/rclnodejs/rcl.ts', import.meta.url);

// biome-ignore lint/style/noDefaultExport: the package that this stands in for has one, and the loader looks for it
export { rcl as default };
