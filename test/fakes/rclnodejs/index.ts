import { rcl } from './rcl.js';

// biome-ignore lint/style/noDefaultExport: the package that this stands in for has one, and loaders look for it
export { rcl as default };
