import { writeFile } from 'node:fs/promises';

/** Numbers as in tensorrt/engine_file.h; TensorRT's own numbering. */
const ELEMENTS = {
  float32: 0,
  float16: 1,
  int8: 2,
  int32: 3,
  bool: 4,
  uint8: 5,
  fp8: 6,
  bfloat16: 7,
  int64: 8,
} as const;

const KINDS = { echo: 0, features: 1, increment: 2, pseudo: 3, slow: 4 } as const;

const VERSIONS = { '8.5': 80502, '8.6': 80601, '10.3': 100300, '10.16': 101600, '11.1': 110100 } as const;

/** The stand-in versions of TensorRT; the names of their directories end so. */
export type StandinVersion = keyof typeof VERSIONS;

export interface StandinShapeRange {
  readonly min: readonly number[];
  readonly opt: readonly number[];
  readonly max: readonly number[];
}

export interface StandinTensor {
  readonly name: string;
  readonly dtype: keyof typeof ELEMENTS;
  /** −1 for a dynamic dimension. */
  readonly shape: readonly number[];
  /** One per profile of the engine; by default the shape itself, with 1 … 4 … 64 for dynamic dimensions. */
  readonly profiles?: readonly StandinShapeRange[];
  /** Whether it must be in host memory. */
  readonly onHost?: boolean;
  readonly shapeTensor?: boolean;
  /** Number of an nvinfer1::TensorFormat; 0 is row-major. */
  readonly format?: number;
}

export interface StandinEngine {
  readonly inputs: readonly StandinTensor[];
  readonly outputs: readonly StandinTensor[];
  /**
   * `echo`: output k is input k. `increment`: plus one. `features`: the policy of python/fixtures/models.py.
   * `slow`: its slow model. `pseudo`: values that depend on every input byte.
   */
  readonly kind?: keyof typeof KINDS;
  readonly version?: StandinVersion | number;
  /** Compute capability; the stand-in device has 8.7. */
  readonly sm?: number;
  readonly name?: string;
  /** Token ids from here on make the execution fail; 0: all are fine. */
  readonly vocabulary?: number;
  /** How long each execution takes. */
  readonly delayMs?: number;
  /** Of `slow`: how long for each unit of the sum of the tokens, microseconds. */
  readonly stepUs?: number;
  readonly deviceMemoryBytes?: number;
  readonly layerCount?: number;
  readonly profileCount?: number;
  readonly versionCompatible?: boolean;
  readonly hardwareCompatible?: boolean;
  /** Cannot be captured into a CUDA graph. */
  readonly uncapturable?: boolean;
  /** Colours are divided by themselves: a black image gives NaN. */
  readonly unitColours?: boolean;
  /** Carries host code, which the runtime refuses unless its user allows it. */
  readonly hostCode?: boolean;
}

/** Little-endian fields one after the other. */
class ByteWriter {
  readonly #parts: Buffer[] = [];

  u8(value: number): void {
    this.#parts.push(Buffer.from([value]));
  }

  u32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.#parts.push(bytes);
  }

  u64(value: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    this.#parts.push(bytes);
  }

  text(value: string): void {
    this.u32(Buffer.byteLength(value));
    this.#parts.push(Buffer.from(value));
  }

  extents(shape: readonly number[]): void {
    for (const extent of shape) this.u64(BigInt(extent));
  }

  raw(bytes: Buffer): void {
    this.#parts.push(bytes);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** The checksum at the end of an engine file: 64-bit FNV-1a. */
function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

function defaultRange(shape: readonly number[]): StandinShapeRange {
  const replaced = (value: number): number[] => shape.map((extent) => (extent < 0 ? value : extent));
  return { min: replaced(1), opt: replaced(4), max: replaced(64) };
}

function writeTensor(out: ByteWriter, tensor: StandinTensor, isInput: boolean, profileCount: number): void {
  out.text(tensor.name);
  out.u8(isInput ? 1 : 2);
  out.u8(ELEMENTS[tensor.dtype]);
  out.u8(tensor.onHost ? 1 : 0);
  out.u8(tensor.shapeTensor ? 1 : 0);
  out.u8(tensor.format ?? 0);
  out.u8(tensor.shape.length);
  out.extents(tensor.shape);
  if (!isInput) return;
  for (let profile = 0; profile < profileCount; profile += 1) {
    const range = tensor.profiles?.[profile] ?? defaultRange(tensor.shape);
    out.extents(range.min);
    out.extents(range.opt);
    out.extents(range.max);
  }
}

/** The bytes of an engine file that the stand-in TensorRT of that version loads. */
export function engineBytes(engine: StandinEngine): Buffer {
  const version = engine.version ?? '10.3';
  const profileCount = engine.profileCount ?? 1;
  const flags =
    (engine.versionCompatible ? 1 : 0) |
    (engine.hardwareCompatible ? 2 : 0) |
    (engine.uncapturable ? 4 : 0) |
    (engine.unitColours ? 8 : 0) |
    (engine.hostCode ? 16 : 0);
  const out = new ByteWriter();
  out.raw(Buffer.from('STANDTRT', 'latin1'));
  out.u32(typeof version === 'number' ? version : VERSIONS[version]);
  out.u32(Math.round((engine.sm ?? 8.7) * 10));
  out.u32(flags);
  out.u32(KINDS[engine.kind ?? 'echo']);
  out.u32(engine.vocabulary ?? 0);
  out.u32(Math.round((engine.delayMs ?? 0) * 1000));
  out.u32(engine.stepUs ?? 0);
  out.u32(engine.deviceMemoryBytes ?? 4096);
  out.u32(engine.layerCount ?? 1);
  out.u32(profileCount);
  out.text(engine.name ?? 'stand-in');
  out.text('{}');
  out.u32(engine.inputs.length + engine.outputs.length);
  for (const input of engine.inputs) writeTensor(out, input, true, profileCount);
  for (const output of engine.outputs) writeTensor(out, output, false, profileCount);
  const body = out.bytes();
  out.u64(fnv1a(body));
  return out.bytes();
}

export async function writeEngineFile(path: string, engine: StandinEngine): Promise<void> {
  await writeFile(path, engineBytes(engine));
}
