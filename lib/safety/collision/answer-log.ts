import type { CheckerAnswer, CheckerSource } from './checker-source.js';

/** A source that keeps what it answered, in order: what an audit log stores of a judgement. */
export interface RecordingSource extends CheckerSource {
  readonly answers: readonly CheckerAnswer[];
}

/** Passes questions on and notes the answers. */
export function recordingSource(source: CheckerSource): RecordingSource {
  const answers: CheckerAnswer[] = [];
  const note = (answer: CheckerAnswer): CheckerAnswer => {
    answers.push(answer);
    return answer;
  };
  return {
    reach: source.reach,
    answers,
    ask(joints, gripper) {
      const answer = source.ask(joints, gripper);
      return answer instanceof Promise ? answer.then(note) : note(answer);
    },
  };
}

/**
 * Gives recorded answers again, in order, whatever is asked: a sweep asks the same questions when it gets the same
 * answers. One question more than was recorded is answered with the failure `replay-exhausted`.
 */
export function replayingSource(reach: readonly number[], answers: readonly CheckerAnswer[]): CheckerSource {
  let next = 0;
  return {
    reach,
    ask: () =>
      answers[next++] ?? {
        failure: {
          kind: 'replay-exhausted',
          message: `the replay asks for more than the ${answers.length} recorded answers`,
        },
      },
  };
}
