import type { ChunkInput } from './decision.js';
import { checkChunkAge } from './guards/chunk-age.js';
import { checkFrozenFrame } from './guards/frozen-frame.js';
import { checkLatch } from './guards/latch.js';
import { checkObservation } from './guards/observation.js';
import { checkStructure } from './guards/structure.js';
import type { SafetyConfig } from './safety-options.js';
import type { SafetyReason } from './verdict.js';

/** Looks at a request as a whole. Any reason refuses it. */
export type AdmissionGuard = (config: SafetyConfig, input: ChunkInput) => readonly SafetyReason[];

const latch: AdmissionGuard = (_, { latch }) => checkLatch(latch);

const watchdog: AdmissionGuard = (_, { watchdogTrip }) =>
  watchdogTrip === null
    ? []
    : [{ guard: 'watchdog', outcome: 'stop', kind: 'tripped', message: watchdogTrip }];

const structure: AdmissionGuard = (config, { chunk, waypoints }) => checkStructure(chunk, waypoints, config);

const observation: AdmissionGuard = (config, { nowMs, chunk, measured, memory }) =>
  checkObservation(
    {
      nowMs,
      capturedAt: chunk.capturedAt,
      inferenceMs: chunk.inferenceMs,
      jointStamp: measured.stamp,
    },
    memory,
    config,
  );

const frozenFrame: AdmissionGuard = (config, { chunk, seen, memory }) =>
  checkFrozenFrame({ fingerprint: chunk.frameFingerprint, positions: seen }, memory.frame, config).reasons;

const chunkAge: AdmissionGuard = (config, { nowMs, chunk, memory }) =>
  checkChunkAge(nowMs, chunk, memory, config);

/** In the order in which they look. */
export const ADMISSION_GUARDS: readonly AdmissionGuard[] = [
  latch,
  watchdog,
  structure,
  observation,
  frozenFrame,
  chunkAge,
];
