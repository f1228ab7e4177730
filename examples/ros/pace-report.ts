import { Period } from './period.js';
import type { RealTimePhysics } from './real-time-physics.js';

const REPORT_PERIOD_MS = 5000;
/** Fewer images than this share of those that were asked for are worth a word. */
const ENOUGH = 0.8;

/** Says so when this machine is too slow, or too busy, for the world in real time. */
export class PaceReport {
  readonly #period = new Period(REPORT_PERIOD_MS);
  readonly #physics: RealTimePhysics;
  readonly #cameraHz: number;
  readonly #warn: (text: string) => void;
  #images = 0;
  #sinceMs: number | undefined;

  constructor(physics: RealTimePhysics, cameraHz: number, warn: (text: string) => void) {
    this.#physics = physics;
    this.#cameraHz = cameraHz;
    this.#warn = warn;
  }

  countImage(): void {
    this.#images++;
  }

  tick(nowMs: number): void {
    if (!this.#period.due(nowMs)) return;
    const lostMs = this.#physics.takeLostMs();
    const { seconds, hz } = this.#rate(nowMs);
    if (lostMs > 0)
      this.#warn(`too slow or too busy: ${lostMs.toFixed(0)} ms of simulated time were left out`);
    if (seconds > 0 && hz < ENOUGH * this.#cameraHz)
      this.#warn(`too slow or too busy: ${hz.toFixed(1)} images a second instead of ${this.#cameraHz}`);
  }

  #rate(nowMs: number): { readonly seconds: number; readonly hz: number } {
    const seconds = this.#sinceMs === undefined ? 0 : (nowMs - this.#sinceMs) / 1000;
    const hz = this.#images / seconds;
    this.#sinceMs = nowMs;
    this.#images = 0;
    return { seconds, hz };
  }
}
