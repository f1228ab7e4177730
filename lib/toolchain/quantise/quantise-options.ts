import type { ComparedModel } from '../compare/compare-models.js';
import type { ModelSamples } from '../compare/model-samples.js';
import type { ToolProgress } from '../python/python-tool.js';
import type { SuccessRate } from './success-rates.js';

/**
 * - `uint8`: 8-bit weights, activations quantised as they come; for ONNX Runtime, TensorRT takes no such model
 * - `int8`: explicit Q/DQ nodes with ranges from observations
 * - `fp16`: float16 throughout, inputs and outputs as before
 * - `qdq`: explicit int8 or fp8 Q/DQ nodes through NVIDIA ModelOpt
 * - `autocast`: mixed float16 or bfloat16 through NVIDIA ModelOpt
 */
export type QuantiseMode = 'uint8' | 'int8' | 'fp16' | 'qdq' | 'autocast';

export type Calibration = 'minmax' | 'entropy' | 'percentile';

export interface QuantiseOptions {
  readonly mode: QuantiseMode;
  /** Of mode `qdq`: `int8` (default) or `fp8`; of mode `autocast`: `fp16` (default) or `bf16`. */
  readonly format?: 'int8' | 'fp8' | 'fp16' | 'bf16';
  /** Where the model goes; into the bundle by default, and beside a bare model with the mode in its name. */
  readonly output?: string;
  /** Overwrite a file that no policy.json names. */
  readonly force?: boolean;
  /** What policy.json calls the result, such as `uint8-dynamic`. */
  readonly precision?: string;
  /** File or directory for {@link readObservations}; else the bundle's golden ones, else random inputs. */
  readonly observations?: string;
  /** Most observations, 128 by default; of random inputs 16. */
  readonly samples?: number;
  /**
   * Largest difference of any action from the original's, in robot units (of a bare model: of any output); of a bundle
   * by default what its golden observations allow, otherwise any.
   */
  readonly tolerance?: number;
  /** Patterns (`*`, `?`) of node names, or operators, that stay as they are. */
  readonly keep?: readonly string[];
  /** Patterns of node names, or operators, that change instead of those that the mode chooses. */
  readonly only?: readonly string[];
  /** Search for the nodes that have to stay exact for the tolerance to hold. */
  readonly autoKeep?: boolean;
  /** Of mode `int8`; `minmax` by default. */
  readonly calibration?: Calibration;
  /** Of mode `int8`: unsigned activations and 32-bit biases, for ONNX Runtime on a CPU instead of TensorRT. */
  readonly asymmetric?: boolean;
  /** Keep a model that nothing on this machine can run, though nobody knows its accuracy. */
  readonly unmeasured?: boolean;
  /** Scenes for the bundle's evaluator, per model; 100 by default, 0 for none. */
  readonly evaluate?: number;
  /** The Python interpreter. */
  readonly python?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ToolProgress) => void;
  readonly onWarning?: (text: string) => void;
  /** Everything that Python prints. */
  readonly onOutput?: (text: string) => void;
}

export interface QuantiseReport {
  /** Absolute. */
  readonly file: string;
  /** The directory whose policy.json names it now. */
  readonly bundle?: string;
  readonly precision: string;
  readonly opset: number;
  /** What made it, with its version. */
  readonly tool: string;
  /** Nodes that stayed exact on request. */
  readonly exact: readonly string[];
  readonly original: ComparedModel;
  readonly quantised: ComparedModel;
  /** What it was judged on, and calibrated where the mode needs that. */
  readonly samples: { readonly source: ModelSamples['source']; readonly count: number };
  readonly tolerance?: number;
  /** Of the bundle's evaluator. */
  readonly success?: readonly SuccessRate[];
  /** What a reader of these figures has to know. */
  readonly notes: readonly string[];
}
