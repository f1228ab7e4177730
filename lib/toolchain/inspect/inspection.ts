import type { EnginePassport } from '../../engine/engine-passport.js';
import type { TensorRTEngineInfo } from '../../engine/tensorrt-engine.js';
import type { VLAErrorCode } from '../../errors.js';
import type { PolicyManifest } from '../../policy/manifest.js';
import type { OnnxSummary } from '../onnx/summary.js';

/** Whether a backend of this machine runs a model. */
export interface Verdict {
  readonly backend: 'onnxruntime' | 'tensorrt';
  /** `yes` was tried; `maybe` was not, and nothing known speaks against it. */
  readonly runs: 'yes' | 'maybe' | 'no';
  /** What it runs on, or why it does not. */
  readonly message: string;
  readonly code?: VLAErrorCode;
  /** What to do. */
  readonly hint?: string;
}

/** One model file. */
export interface InspectedModel {
  /** As policy.json names it, or the file's name. */
  readonly file: string;
  readonly format: 'onnx' | 'engine';
  /** As policy.json names it; absent for a bare file. */
  readonly precision?: string;
  /** Of the file itself. */
  readonly bytes: number;
  readonly onnx?: OnnxSummary;
  /** What `jetson-vla build` wrote down about an engine. */
  readonly passport?: EnginePassport;
  /** What the engine says itself, where it loads. */
  readonly engine?: TensorRTEngineInfo;
  /** Why the file cannot be read at all. */
  readonly broken?: { readonly code: VLAErrorCode; readonly message: string };
  readonly verdicts: readonly Verdict[];
}

/** One file of a bundle, by what it is for. */
export interface BundlePart {
  readonly part: 'model' | 'weights' | 'tokenizer' | 'golden' | 'manifest' | 'passport' | 'other';
  readonly file: string;
  readonly bytes: number;
}

export interface InspectedBundle {
  readonly manifest: PolicyManifest;
  /** Largest first. */
  readonly parts: readonly BundlePart[];
  /** Features that this version does not run, one line each. */
  readonly unsupported: readonly string[];
}

/** What is at a path. */
export interface Inspection {
  readonly kind: 'bundle' | 'onnx' | 'engine';
  /** Absolute. */
  readonly path: string;
  /** Of all files that belong to it. */
  readonly bytes: number;
  readonly bundle?: InspectedBundle;
  readonly models: readonly InspectedModel[];
  /** What is odd, one line each. */
  readonly warnings: readonly string[];
}
