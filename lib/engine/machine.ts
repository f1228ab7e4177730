/** What the search for TensorRT looks at. */
export interface Machine {
  /** The directory that every well-known absolute path starts from; `/` on this machine. */
  readonly root: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export function thisMachine(): Machine {
  return { root: '/', env: process.env };
}
