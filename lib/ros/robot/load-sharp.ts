import type sharp from 'sharp';
import { VLAError } from '../../errors.js';

export type Sharp = typeof sharp;
type Importer = () => Promise<{ readonly default: Sharp }>;

let loading: Promise<Sharp> | undefined;

/**
 * The image decoder sharp, an optional peer: only compressed images need it.
 *
 * @throws VLAError ROS_UNAVAILABLE
 */
export async function loadSharp(importSharp: Importer = () => import('sharp')): Promise<Sharp> {
  loading ??= importSharp().then((module) => module.default);
  try {
    return await loading;
  } catch (cause) {
    // It may be installed by the next call.
    loading = undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VLAError(
      'ROS_UNAVAILABLE',
      `compressed images need the package sharp, which cannot be loaded: ${reason}`,
      {
        hint: 'Install it beside jetson-vla: npm install sharp. Or read the uncompressed image topic.',
        cause,
      },
    );
  }
}
