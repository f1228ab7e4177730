import type { Deviation } from '../deviation.js';
import type { ToolProgress } from '../python/python-tool.js';

/** ONNX opsets that each exporter writes without converting. TensorRT 8.5 (JetPack 5) reads up to 17. */
export const OPSETS = { dynamo: [18, 23], legacy: [13, 20] } as const;
export const DEFAULT_OPSET = 18;

export const EXPORTERS = ['auto', 'dynamo', 'legacy'] as const;
/** `auto` takes PyTorch's current exporter, and its older one where that cannot do it. */
export type Exporter = (typeof EXPORTERS)[number];

/** A joint or gripper of the action, in the order of the policy's output. */
export interface JointName {
  readonly name: string;
  /** Such as `deg`; the unit for all when absent. */
  readonly unit?: string;
}

/**
 * Parts of policy.json in short form. What they leave out comes from {@link ExportOptions.manifest}, then from what the
 * source itself knows.
 */
export interface ManifestFlags {
  readonly id?: string;
  readonly name?: string;
  /** Ids of the cameras; one named `image` by default. */
  readonly cameras?: readonly string[];
  readonly joints?: readonly JointName[];
  /** Of every joint without one of its own: `rad`, `deg`, `m`, `percent`, `pm100`, `unit` or `raw`. */
  readonly unit?: string;
  /** A gripper's name and what its value is when open and when closed. It comes last, unless it is among the joints. */
  readonly gripper?: { readonly name: string; readonly open: number; readonly closed: number };
  /** Seconds per waypoint. */
  readonly dt?: number;
  /** A Hugging Face `tokenizer.json`: the policy then takes token ids. */
  readonly tokenizer?: string;
  /** Ids that the policy takes. */
  readonly maxTokens?: number;
  /** Pixels; 224 × 224 by default. */
  readonly imageSize?: { readonly h: number; readonly w: number };
  /** `CHW`, PyTorch's own, by default. */
  readonly layout?: 'CHW' | 'HWC';
  /** The policy takes the state of the joints. */
  readonly state?: boolean;
}

export interface ExportOptions {
  /** `package.module:factory`, `path/file.py:factory`, or the directory of a LeRobot policy. */
  readonly source: string;
  /** The directory of the new bundle. */
  readonly output: string;
  /** Python with PyTorch: {@link pythonEnvironment} gives it. */
  readonly python: string;
  readonly checkpoint?: string;
  /** Of a LeRobot policy: the data set that it was trained on, for the names of the joints and the frame rate. */
  readonly dataset?: string;
  /** A partial policy.json. */
  readonly manifest?: string;
  readonly flags?: ManifestFlags;
  /** {@link DEFAULT_OPSET} by default. */
  readonly opset?: number;
  readonly exporter?: Exporter;
  /**
   * Largest difference between ONNX Runtime and PyTorch that is allowed, in the units of the model's output; by default
   * {@link RELATIVE_TOLERANCE} of the largest value that PyTorch gave.
   */
  readonly tolerance?: number;
  /** Recorded observations to compare on: a .jsonl or .json file, or a directory of them. */
  readonly observations?: string;
  /** Of the made-up observation, where none was recorded. */
  readonly instruction?: string;
  /** Of the random observations; 0 by default. */
  readonly seed?: number;
  /** Replaces a bundle that is there. */
  readonly force?: boolean;
  readonly onProgress?: (progress: ToolProgress) => void;
  readonly onWarning?: (text: string) => void;
  /** Everything that Python prints. */
  readonly onOutput?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Float32 networks differ by about 1e-6 of their output from one library to the next; wrong graphs by far more. */
export const RELATIVE_TOLERANCE = 1e-4;

/** How far the exported model is from PyTorch, both given the same tensors; in the units of the model's output. */
export interface Parity extends Deviation {
  readonly samples: number;
  /** Name of the sample with the largest difference. */
  readonly worst: string;
}

export interface ExportReport {
  /** Absolute. */
  readonly bundle: string;
  readonly id: string;
  /** Of the ONNX model with its weights. */
  readonly modelBytes: number;
  readonly opset: number;
  readonly exporter: string;
  /** What {@link parity} had to stay within. */
  readonly tolerance: number;
  readonly parity: {
    readonly random: Parity;
    /** On recorded observations, or on the made-up one. */
    readonly observed: Parity & { readonly source: 'recorded' | 'made-up' };
  };
  /** The finished bundle in Node against PyTorch's actions for the golden observation, in the units of an ActionChunk. */
  readonly golden: Deviation;
  /** Waypoints × values per waypoint. */
  readonly chunk: { readonly horizon: number; readonly width: number; readonly secondsPerWaypoint: number };
  readonly warnings: readonly string[];
}
