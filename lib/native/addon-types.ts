/** What the native addon exports; native/binding/ is the other side of every line here. */
export interface NativeAddon {
  /**
   * Opens the libraries for the rest of the process; again with the same paths costs nothing.
   *
   * Native errors carry `code` (a VLAErrorCode) and `hint`; `nativeError` in native-error.ts turns them into VLAError.
   */
  openTensorRT(libraries: TensorRTLibraries): TensorRTInfo;
  readonly Engine: NativeEngineClass;
  /** Starts a build on a thread of its own. */
  buildEngine(options: NativeBuildOptions): NativeBuild;
  readonly ImagePlan: NativeImagePlanClass;
  /** Of the package that the addon was built from. */
  readonly version: string;
}

/** Absolute paths, or names that the dynamic loader finds. */
export interface TensorRTLibraries {
  readonly nvinfer: string;
  /** Only needed to build engines. */
  readonly onnxParser?: string;
  readonly cuda: string;
  /** Where jetson_vla_trt8.so, jetson_vla_trt10.so and jetson_vla_trt11.so lie. */
  readonly backendDirectory: string;
  /** CUDA device ordinal. */
  readonly device: number;
}

export interface TensorRTInfo {
  /** Where the dynamic loader found the library. */
  readonly path: string;
  /** As the library reports it, such as `10.3.0`. */
  readonly version: string;
  /** Whether library and backend are the project's stand-ins for tests. */
  readonly standin: boolean;
  /** Of the driver: major × 1000 + minor × 10. */
  readonly cudaDriverVersion: number;
  readonly device: CudaDeviceInfo;
}

export interface CudaDeviceInfo {
  readonly ordinal: number;
  readonly name: string;
  /** Such as `8.7` for Orin. */
  readonly computeCapability: string;
  /** Whether CPU and GPU share their memory, as on a Jetson. */
  readonly integrated: boolean;
  readonly totalMemoryBytes: number;
}

export type NativeDtype = 'float32' | 'float16' | 'bfloat16' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool';

export interface NativeTensorInfo {
  readonly name: string;
  readonly mode: 'input' | 'output';
  readonly dtype: NativeDtype;
  /** What the views on its memory hold: `float32` where 16-bit values are converted on the way. */
  readonly viewDtype: NativeDtype;
  /** −1 for a dynamic dimension. */
  readonly shape: readonly number[];
  readonly format: string;
  readonly location: 'device' | 'host';
  /** Of inputs: one per optimisation profile. */
  readonly profiles: readonly {
    readonly min: readonly number[];
    readonly opt: readonly number[];
    readonly max: readonly number[];
  }[];
}

export interface NativeEngineInfo {
  readonly name: string;
  readonly tensors: readonly NativeTensorInfo[];
  readonly profileCount: number;
  readonly layerCount: number;
  readonly deviceMemoryBytes: number;
  /** Where inputs and outputs live: `mapped` pinned memory, or `staged` through pinned memory to the device. */
  readonly memory: 'mapped' | 'staged';
}

export interface NativeEngineOptions {
  readonly libraries: TensorRTLibraries;
  readonly file: string;
  /** Index of an optimisation profile. */
  readonly profile: number;
  readonly memory: 'auto' | 'mapped' | 'staged';
  /** Whether to capture and replay CUDA graphs. */
  readonly graph: boolean;
  readonly priority: 'normal' | 'high';
  readonly wait: 'block' | 'spin';
  /** Whether the engine may bring code for the CPU. */
  readonly hostCode: boolean;
  /** How JavaScript sees float16 and bfloat16 tensors. */
  readonly half: 'bits' | 'float32';
}

export interface NativeEngineClass {
  load(options: NativeEngineOptions): Promise<NativeEngine>;
}

/** Tensors are counted in the order of {@link NativeEngineInfo.tensors}. */
export interface NativeEngine {
  info(): NativeEngineInfo;
  /** The memory of a tensor, large enough for its largest shape; always the same object; detached by dispose(). */
  buffer(tensor: number): ArrayBuffer;
  setInputShape(tensor: number, shape: readonly number[]): void;
  /** Of all tensors, for the input shapes that are set. */
  shapes(): readonly (readonly number[])[];
  /** Runs on the calling thread. Returns milliseconds. */
  execute(): number;
  /** Runs on the engine's thread. One call at a time. Returns milliseconds. */
  infer(): Promise<number>;
  /** TensorRT's own JSON about the layers. */
  inspect(): string;
  takeWarnings(): readonly string[];
  /** No inference may be running. */
  dispose(): Promise<void>;
  /** Waits for the inference that runs and frees everything, for the end of the process; its promise never settles. */
  stop(): void;
}

export interface NativeImagePlanClass {
  /** Throws INVALID_ARGUMENT for a plan that would touch memory outside of its frame, tables or tensor. */
  new (plan: NativeImagePlanDescription): NativeImagePlan;
}

/** Carries out image plans: lib/policy/image-plan.ts says what they mean. */
export interface NativeImagePlan {
  /** `tensor` has the plan's dtype and exactly its number of elements. */
  write(frame: Uint8Array, tensor: Float32Array | Uint16Array | Uint8Array): void;
}

export interface NativeImagePlanDescription {
  readonly frame: {
    readonly coding: 'packed' | 'yuv422' | 'yuv422_yuy2';
    readonly width: number;
    readonly height: number;
    readonly step: number;
    /** What a frame must have at least. */
    readonly bytes: number;
  };
  readonly grid: {
    readonly width: number;
    readonly height: number;
    readonly origin: number;
    readonly strideX: number;
    readonly strideY: number;
    readonly channels: readonly number[];
  };
  readonly resize:
    | {
        readonly vertical: 'lerp' | 'sum' | 'byte-sum';
        readonly weightBits: number;
        readonly x: { readonly taps: number; readonly first: Int32Array; readonly weight: Int32Array };
        readonly y: { readonly taps: number; readonly index: Int32Array; readonly weight: Float64Array };
      }
    | undefined;
  readonly output: {
    readonly dtype: 'float32' | 'float16' | 'uint8';
    readonly planar: boolean;
    readonly width: number;
    readonly height: number;
    readonly imageWidth: number;
    readonly imageHeight: number;
    readonly left: number;
    readonly top: number;
    /** Per channel the bit patterns of 256 elements. */
    readonly tables: readonly Uint32Array[];
    readonly factor: readonly number[];
    /** Per channel a bit pattern. */
    readonly padding: readonly number[];
  };
}

export interface NativeProfileInput {
  readonly name: string;
  readonly min: readonly number[];
  readonly opt: readonly number[];
  readonly max: readonly number[];
}

export interface NativeBuildOptions {
  readonly libraries: TensorRTLibraries;
  readonly onnx: string;
  /** Where the engine is written before it gets its name: in the directory of that, and not there yet. */
  readonly stagedFile: string;
  readonly fp16: boolean;
  readonly bf16: boolean;
  readonly int8: boolean;
  readonly fp8: boolean;
  readonly tf32: boolean;
  readonly stronglyTyped: boolean;
  readonly versionCompatible: boolean;
  readonly hardwareCompatible: boolean;
  readonly workspaceBytes?: number;
  readonly optimisationLevel?: number;
  /** One list per optimisation profile. */
  readonly profiles: readonly (readonly NativeProfileInput[])[];
  readonly timingCache?: Uint8Array;
  /** Called when there is something to take, and once when the build is done. Must not throw. */
  onProgress(): void;
}

/** A build that runs. It keeps the process alive until it is done. */
export interface NativeBuild {
  readonly result: Promise<NativeBuildResult>;
  /** What came since the last call: of each phase at most its start and its newest step. */
  takeProgress(): readonly NativeBuildProgress[];
  /** Ends the build at its next step; with TensorRT 8, which has none, when it is through. */
  cancel(): void;
  /** Once the build is done: gives the engine its name, and writes `passport` into `file`.json. */
  publish(names: { readonly file: string; readonly passport: string }): void;
  /** Cancels, waits for the build's thread, and removes what was not published. */
  stop(): void;
}

export interface NativeBuildProgress {
  readonly phase: string;
  readonly parent?: string;
  readonly step: number;
  readonly steps: number;
}

export interface NativeBuildResult {
  readonly tensors: readonly NativeBuiltTensor[];
  readonly timingCache: Uint8Array;
  readonly warnings: readonly string[];
}

/** `dtype` is TensorRT's own name, such as `FP8`, for a type that JavaScript cannot hold. */
export interface NativeBuiltTensor extends Omit<NativeTensorInfo, 'dtype' | 'viewDtype'> {
  readonly dtype: string;
}
