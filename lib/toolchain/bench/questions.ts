import type { LoadedPolicy } from '../../engine/jetson-vla-engine.js';
import { type WireFrames, wireFrames } from './decode-stage.js';
import {
  type BenchObservation,
  benchObservations,
  type ObservationChoice,
  usedFrames,
} from './observations.js';

/** What a policy is asked, with its frames as they come over the wire where they do. */
export interface Question extends BenchObservation {
  readonly wire: WireFrames | undefined;
}

/** What a policy is asked in turns, again and again. */
export class Questions {
  /** Where they are from, for people. */
  readonly source: string;
  /** Why frames are not decoded; undefined when they are. */
  readonly notDecoded: string | undefined;
  readonly #all: readonly Question[];
  #asked = 0;

  /** @throws VLAError as {@link benchObservations} */
  static async prepare(policy: LoadedPolicy, choice: ObservationChoice): Promise<Questions> {
    const { cameras } = policy.manifest.inputs;
    const { all, source } = await benchObservations(policy, choice);
    const wire = await Promise.all(all.map(({ images }) => wireFrames(usedFrames(cameras, images))));
    const notDecoded = wire.find((frames) => typeof frames === 'string');
    const questions = all.map((observation, at): Question => {
      const frames = wire[at];
      const isDecoded = notDecoded === undefined && typeof frames === 'object';
      return { ...observation, wire: isDecoded ? frames : undefined };
    });
    return new Questions(questions, source, typeof notDecoded === 'string' ? notDecoded : undefined);
  }

  private constructor(all: readonly Question[], source: string, notDecoded: string | undefined) {
    this.#all = all;
    this.source = source;
    this.notDecoded = notDecoded;
  }

  next(): Question {
    const question = this.#all[this.#asked++ % this.#all.length];
    if (question === undefined) throw new TypeError('expected at least one observation, got none');
    return question;
  }
}
