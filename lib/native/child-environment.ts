/** What of the app's own Node would break a child process of ours, debug it, or make it write files. */
const NOT_INHERITED = [
  'NODE_OPTIONS',
  'NODE_V8_COVERAGE',
  'NODE_CHANNEL_FD',
  'NODE_UNIQUE_ID',
  'NODE_INSPECT',
];

/** The environment for a child process that runs code of this package. */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_INHERITED.includes(name)));
}
