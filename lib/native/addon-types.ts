/** What the native addon exports; native/binding/ is the other side of every line here. */
export interface NativeAddon {
  /**
   * Opens the libraries for the rest of the process; again with the same paths costs nothing.
   *
   * Native errors carry `code` (a VLAErrorCode) and `hint`; `nativeError` in native-error.ts turns them into VLAError.
   */
  openTensorRT(libraries: TensorRTLibraries): TensorRTInfo;
  readonly Engine: NativeEngineClass;
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

export type NativeDtype =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'other';

export interface NativeTensorInfo {
  readonly name: string;
  readonly mode: 'input' | 'output';
  readonly dtype: NativeDtype;
  /** TensorRT's own name of the element type. */
  readonly typeName: string;
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
