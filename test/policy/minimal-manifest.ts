export const SHA = 'ab'.repeat(32);

/** The twenty-line manifest of the documentation: one camera, an instruction, six joints and a gripper. */
export function minimalManifest() {
  return {
    schema: 'jetson-vla/policy',
    version: 1,
    id: 'pick',
    inputs: {
      cameras: [{ id: 'wrist' }],
      text: { tokenizer: { file: 'tokenizer.json', sha256: SHA } },
    },
    stages: {
      kind: 'single',
      models: [
        {
          inputs: [
            { name: 'image', dtype: 'float32', shape: [1, 224, 224, 3], from: 'camera:wrist' },
            { name: 'text', dtype: 'int64', shape: [1, 16], from: 'text.ids' },
          ],
          outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, 7] }],
          artifacts: [{ format: 'onnx', file: 'model.onnx', sha256: SHA }],
        },
      ],
    },
    action: {
      dims: [
        ...['pan', 'lift', 'elbow', 'wrist_1', 'wrist_2', 'wrist_3'].map((name) => ({ name, unit: 'rad' })),
        { name: 'gripper', unit: 'unit', gripper: { open: 0, closed: 1 } },
      ],
    },
    chunk: { dt: 0.5 },
  };
}

/** A manifest that says everything: two cameras, a state, a relative arm, statistics of every kind. */
export function fullManifest() {
  const names = ['pan', 'lift', 'elbow', 'wrist_1', 'wrist_2', 'wrist_3'];
  const dims = [
    ...names.map((name) => ({ name, unit: 'deg', limits: [-180, 180] })),
    { name: 'gripper', unit: 'percent', gripper: { open: 100, closed: 0, binarizeAt: 0.5 } },
  ];
  const eps = { value: 1e-6, on: 'both' };
  return {
    schema: 'jetson-vla/policy',
    version: 1,
    id: 'full',
    name: 'Everything',
    family: 'act',
    requires: [],
    robot: { embodiment: 'arm', embodimentId: 3 },
    inputs: {
      observationOffsets: [0],
      cameras: [
        {
          id: 'observation.images.top',
          aliases: ['top'],
          color: 'bgr',
          rotate: 180,
          flip: 'h',
          crop: { h: 4, w: 4, at: 'center' },
          resize: { h: 4, w: 4, mode: 'pad_center', filter: 'area', antialias: false, padValue: 0.5 },
          layout: 'CHW',
          scale: 1 / 255,
          mean: [0.485, 0.456, 0.406],
          std: [0.229, 0.224, 0.225],
        },
        { id: 'wrist', optional: true, fillValue: -1, layout: 'CHW', resize: { h: 4, w: 4 } },
      ],
      state: {
        dims,
        padTo: 8,
        norm: [
          { slice: [0, 3], mode: 'mean_std', mean: [1, 2, 3], std: [10, 20, 30], eps },
          { slice: [3, 6], mode: 'min_max', min: [-90, -90, -90], max: [90, 90, 90], clip: [-1, 1] },
          {
            slice: [6, 7],
            mode: 'quantile',
            q: [0.01, 0.99],
            lo: [0],
            hi: [100],
            eps: { value: 0, on: 'zero_range' },
          },
        ],
      },
      text: {
        mode: 'runtime',
        tokenizer: { file: 'tokenizer.json', sha256: SHA },
        clean: ['strip', 'lower'],
        template: 'Task: {task}\n',
        suffixIds: [5],
        maxLength: 12,
        padSide: 'left',
        unknown: 'allow',
      },
    },
    stages: {
      kind: 'single',
      models: [
        {
          id: 'act',
          inputs: [
            {
              name: 'images',
              dtype: 'float32',
              shape: [1, 2, 3, 4, 4],
              from: { concat: ['camera:observation.images.top', 'camera:wrist'], axis: 1, stack: true },
            },
            {
              name: 'masks',
              dtype: 'bool',
              shape: [1, 2],
              from: { concat: ['camera_mask:observation.images.top', 'camera_mask:wrist'], axis: 0 },
            },
            { name: 'state', dtype: 'float32', shape: ['batch', 1, 8], from: 'state' },
            { name: 'tokens', dtype: 'int64', shape: [1, 12], from: 'text.ids' },
            { name: 'token_mask', dtype: 'bool', shape: [1, 12], from: 'text.mask' },
            { name: 'embodiment', dtype: 'int32', shape: [1], from: { const: 3 } },
          ],
          outputs: [
            { name: 'actions', dtype: 'float32', shape: ['batch', 4, 8], residency: 'host' },
            { name: 'aux', dtype: 'float32', shape: [1], residency: 'device' },
          ],
          artifacts: [
            { format: 'onnx', file: 'onnx/model.onnx', sha256: SHA, opset: 18, exporter: 'torch' },
            {
              format: 'engine',
              file: 'model.engine',
              sha256: SHA,
              precision: 'float16',
              tensorrt: '10.3',
              sm: '87',
            },
          ],
          profiles: { batch: { min: 1, opt: 1, max: 1 } },
        },
      ],
      output: 'act.actions',
    },
    action: {
      dims,
      padTo: 8,
      modelDim: 8,
      norm: [
        { slice: [0, 6], mode: 'mean_std', mean: [1, 1, 1, 1, 1, 1], std: [2, 2, 2, 2, 2, 2], eps },
        { slice: [6, 7], mode: 'min_max', min: [[0], [0], [0], [0]], max: [[100], [100], [100], [100]] },
      ],
      groups: [
        { name: 'arm', slice: [0, 6], space: 'joint', ref: 'chunk_start', refState: names, compose: 'add' },
        { name: 'grip', slice: [6, 7], space: 'gripper' },
      ],
    },
    chunk: { horizon: 4, startIndex: 1, dt: 0.05, execute: 2, ensembleCoeff: 0.01 },
    golden: [
      {
        file: 'golden.json',
        contains: ['raw_obs', 'token_ids', 'action_chunk'],
        tolerance: { action_chunk: { maxAbs: 0.001, cosine: 0.9999 } },
      },
    ],
    provenance: {
      source: 'somewhere',
      revision: 'abc',
      weightsSha256: SHA,
      tools: { torch: '2.13' },
      normStatsFrom: 'dataset',
      dataset: 'pick',
    },
    licence: { spdx: 'Apache-2.0', weights: 'Apache-2.0' },
  };
}

/** A copy of `json` with `value` at `path`; undefined takes the key away, as JSON does. */
export function withValue(json: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy: unknown = Array.isArray(json) ? [...json] : { ...Object(json) };
  if (typeof copy !== 'object' || copy === null) return copy;
  const next = withValue(Reflect.get(copy, key), rest, value);
  if (next === undefined) Reflect.deleteProperty(copy, key);
  else Reflect.set(copy, key, next);
  return copy;
}
