import { z } from 'zod';
import {
  bundlePath,
  checkUnique,
  crossCheck,
  fraction,
  interval,
  nonEmpty,
  nonNegativeInt,
  positive,
  positiveInt,
  sha256,
} from './manifest-fields.js';
import { state } from './manifest-vector.js';
import { MAX_IMAGE_SIDE } from './pixel-formats.js';

const imageSide = positiveInt.max(MAX_IMAGE_SIDE);

const resize = z
  .object({
    h: imageSide.default(224),
    w: imageSide.default(224),
    mode: z.enum(['stretch', 'pad_center', 'pad_topleft', 'crop_center', 'none']).default('stretch'),
    filter: z.enum(['bilinear', 'area', 'bicubic', 'nearest']).default('bilinear'),
    antialias: z.boolean().default(false),
    padValue: fraction.default(0),
  })
  .prefault({});

const camera = z
  .object({
    id: nonEmpty,
    aliases: z.array(nonEmpty).exactOptional(),
    optional: z.boolean().exactOptional(),
    color: z.enum(['rgb', 'bgr']).default('rgb'),
    rotate: z.literal([0, 90, 180, 270]).exactOptional(),
    flip: z.enum(['h', 'v']).exactOptional(),
    crop: z.object({ h: imageSide, w: imageSide, at: z.enum(['center']).default('center') }).exactOptional(),
    resize,
    layout: z.enum(['CHW', 'HWC']).default('HWC'),
    scale: positive.exactOptional(),
    mean: z.array(z.number()).length(3).default([0, 0, 0]),
    std: z.array(positive).length(3).default([1, 1, 1]),
    fillValue: z.number().exactOptional(),
  })
  .check(
    crossCheck((value, report) => {
      if (value.optional && value.fillValue === undefined)
        report(
          ['fillValue'],
          'the value that stands for an absent camera, because optional is true',
          'nothing',
        );
      if (value.resize.antialias && value.resize.filter === 'nearest')
        report(['resize', 'antialias'], 'false, because filter is "nearest"', 'true');
    }),
  );

const text = z
  .object({
    mode: z.enum(['none', 'fixed', 'runtime', 'string']).default('runtime'),
    tokenizer: z.object({ file: bundlePath, sha256 }).exactOptional(),
    addBos: z.boolean().default(false),
    addEos: z.boolean().default(false),
    clean: z.array(z.enum(['strip', 'underscore_to_space', 'newline_to_space', 'lower'])).default([]),
    template: z.string().default('{task}'),
    suffixIds: z.array(nonNegativeInt).exactOptional(),
    stateInPrompt: z
      .object({ bins: positiveInt, range: interval, dims: positiveInt, belowRange: z.literal([-1, 0]) })
      .exactOptional(),
    maxLength: nonNegativeInt.exactOptional(),
    padTo: z.enum(['max', 'none']).default('max'),
    padId: nonNegativeInt.default(0),
    padSide: z.enum(['right', 'left']).default('right'),
    truncate: z.boolean().default(false),
    unknown: z.enum(['allow', 'refuse']).default('allow'),
    fixed: z.object({ task: nonEmpty, ids: z.array(nonNegativeInt).min(1) }).exactOptional(),
  })
  .check(
    crossCheck((value, report) => {
      if (!value.template.includes('{task}'))
        report(['template'], 'a text with {task} in it', JSON.stringify(value.template));
      if (value.mode === 'fixed' && value.fixed === undefined)
        report(['fixed'], 'the task and its ids, because mode is "fixed"', 'nothing');
    }),
  );

export const inputs = z
  .object({
    observationOffsets: z.array(z.number().int().max(0)).min(1).default([0]),
    cameras: z.array(camera).default([]),
    state: state.exactOptional(),
    text: text.exactOptional(),
  })
  .check(
    crossCheck((value, report) => {
      const names = value.cameras.flatMap(({ id, aliases = [] }, index) => [
        { name: id, path: ['cameras', index, 'id'] },
        ...aliases.map((name, alias) => ({ name, path: ['cameras', index, 'aliases', alias] })),
      ]);
      checkUnique(
        names.map(({ name }) => name),
        (index) => names[index]?.path ?? [],
        report,
      );
    }),
  );
