import { nonsenseInstruction, plainInstruction, unseenInstruction } from './instructions.js';
import { perturbScene } from './perturbation.js';
import { Random } from './random.js';
import { absentColor, type BlockColor, type Scene } from './scene.js';

/** Either the least share of episodes that pick the named block, or the largest share that picks anything. */
export type Goal = { readonly minSuccess: number } | { readonly maxPicks: number };

interface Condition {
  readonly goal: Goal;
  /** The bundle's model to use; by default the one asked for. */
  readonly precision?: string;
  /** The scene as the robot meets it, and what it is asked to do. */
  prepare(scene: Scene): {
    readonly scene: Scene;
    readonly task: { readonly instruction: string; readonly target: BlockColor | null };
  };
}

/** The block that is asked for, by scene. The colours of the blocks are random, so this one always may be the first. */
const targetOf = (scene: Scene): BlockColor => scene.blocks[0].color;
const otherThan = (scene: Scene): BlockColor => scene.blocks[1].color;

const asksPlainly = (scene: Scene, color: BlockColor) => ({
  scene,
  task: { instruction: plainInstruction(color), target: color },
});

export const CONDITION_NAMES = [
  'named',
  'otherColor',
  'unseenWords',
  'light',
  'noise',
  'home',
  'camera',
  'absent',
  'nonsense',
  'quantised',
] as const;
export type ConditionName = (typeof CONDITION_NAMES)[number];

/** The conditions of an evaluation, each with its goal. */
export const CONDITIONS: Readonly<Record<ConditionName, Condition>> = {
  named: { goal: { minSuccess: 0.99 }, prepare: (scene) => asksPlainly(scene, targetOf(scene)) },
  otherColor: { goal: { minSuccess: 0.99 }, prepare: (scene) => asksPlainly(scene, otherThan(scene)) },
  unseenWords: {
    goal: { minSuccess: 0.97 },
    prepare: (scene) => {
      const color = targetOf(scene);
      return {
        scene,
        task: { instruction: unseenInstruction(color, new Random(scene.seed)), target: color },
      };
    },
  },
  light: {
    goal: { minSuccess: 0.98 },
    prepare: (scene) => asksPlainly(perturbScene(scene, 'light'), targetOf(scene)),
  },
  noise: {
    goal: { minSuccess: 0.98 },
    prepare: (scene) => asksPlainly(perturbScene(scene, 'noise'), targetOf(scene)),
  },
  home: {
    goal: { minSuccess: 0.98 },
    prepare: (scene) => asksPlainly(perturbScene(scene, 'home'), targetOf(scene)),
  },
  camera: {
    goal: { minSuccess: 0.95 },
    prepare: (scene) => asksPlainly(perturbScene(scene, 'camera'), targetOf(scene)),
  },
  absent: {
    goal: { maxPicks: 0.02 },
    prepare: (scene) => ({
      scene,
      task: { instruction: plainInstruction(absentColor(scene)), target: null },
    }),
  },
  nonsense: {
    goal: { maxPicks: 0.02 },
    prepare: (scene) => ({
      scene,
      task: { instruction: nonsenseInstruction(new Random(scene.seed)), target: null },
    }),
  },
  quantised: {
    goal: { minSuccess: 0.97 },
    precision: 'uint8-dynamic',
    prepare: (scene) => asksPlainly(scene, targetOf(scene)),
  },
};

export function meetsGoal(goal: Goal, successRate: number, pickedRate: number): boolean {
  return 'minSuccess' in goal ? successRate >= goal.minSuccess : pickedRate <= goal.maxPicks;
}
