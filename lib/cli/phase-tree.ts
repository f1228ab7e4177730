import type { BuildProgress } from '../toolchain/build-engine.js';

/** What of a build is under way, and how far it is on the whole. */
export class PhaseTree {
  /** Those under way, outer ones first. */
  readonly #phases = new Map<string, BuildProgress>();
  #furthest = 0;

  update(progress: BuildProgress): void {
    if (progress.step < progress.steps) this.#phases.set(progress.phase, progress);
    else this.#phases.delete(progress.phase);
    if (progress.parent === undefined && progress.step >= progress.steps) this.#furthest = 1;
    // Inner phases come and go, and a bar that goes back looks broken.
    this.#furthest = Math.max(this.#furthest, this.#fraction(undefined));
  }

  /** 0 … 1, never falling. */
  get fraction(): number {
    return this.#furthest;
  }

  /** The innermost phase. */
  get current(): BuildProgress | undefined {
    return [...this.#phases.values()].at(-1);
  }

  /** How many phases `progress` is inside of. */
  depth({ parent }: BuildProgress): number {
    const outer = parent === undefined ? undefined : this.#phases.get(parent);
    return outer === undefined ? 0 : 1 + this.depth(outer);
  }

  #fraction(parent: string | undefined): number {
    const inner = [...this.#phases.values()].find((phase) => phase.parent === parent);
    return inner === undefined ? 0 : (inner.step + this.#fraction(inner.phase)) / Math.max(1, inner.steps);
  }
}
