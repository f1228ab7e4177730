import type { SafeVLAExecutorOptions } from '../../../lib/safety/safe-vla-executor.js';
import type { TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';
import { disc, PlanarWorld, plate } from '../collision/planar-world.js';
import { stateOn } from '../oracle/commanded.js';
import type { Escape } from '../oracle/motion-oracle.js';
import { judgeClearance, type Obstacle } from '../oracle/planar-oracle.js';
import type { ManualClock } from './fuzz-robot.js';
import type { WorldGene } from './scenario.js';

const LENGTH = 0.9;
const RADIUS = 0.02;
const MARGINS = { environment: 0.02, self: 0.01 };
const BOX = 0.75;
const TOOL_SPEED = 0.25;
const SAMPLES = 40;

/** A planar arm among discs and plates: the checker of the executor, and the judgement of the oracle beside it. */
export class FuzzWorld {
  readonly options: Partial<SafeVLAExecutorOptions>;
  /** Milliseconds that each answer of the checker takes. */
  answerMs = 0;
  sceneStamp: number;
  readonly #obstacles: ReturnType<typeof disc>[];
  readonly #gene: WorldGene;
  readonly #lengths: readonly number[];

  constructor(gene: WorldGene, joints: number, clock: ManualClock, advance: (ms: number) => void) {
    this.#gene = gene;
    this.#lengths = Array.from({ length: joints }, () => LENGTH / joints);
    this.#obstacles = [
      ...gene.discs.map(({ x, y, radius }) => disc(x, y, radius)),
      ...gene.plates.map(({ x, y, angle, length }) =>
        plate([x, y], [x + length * Math.cos(angle), y + length * Math.sin(angle)], 0.002),
      ),
    ];
    this.sceneStamp = clock.ms;
    const world = new PlanarWorld(this.#lengths, RADIUS, this.#obstacles);
    const collision = {
      reach: world.reach,
      clearances: (at: readonly number[]) => {
        if (this.answerMs > 0) advance(this.answerMs);
        return world.clearances(at);
      },
      ...(gene.moving && { sceneStamp: () => this.sceneStamp }),
    };
    this.options = {
      collision,
      kinematics: world,
      maxTcpSpeed: gene.toolSpeed ? TOOL_SPEED : false,
      ...(gene.box && { workspace: { min: [-BOX, -BOX, -1], max: [BOX, BOX, 1] } as const }),
    };
  }

  get moves(): boolean {
    return this.#gene.moving && this.#obstacles.length > 0;
  }

  /** The first obstacle comes to the place, m. */
  moveTo(x: number, y: number): void {
    if (this.moves) this.#obstacles[0] = disc(x, y, 0.05);
  }

  /** What judges motions among the obstacles as they are now. */
  surroundings(): (points: readonly TrajectoryPoint[], slack: number) => Escape[] {
    const obstacles: readonly Obstacle[] = [...this.#obstacles];
    const arm = { lengths: this.#lengths, radius: RADIUS };
    return (points, slack) => [
      ...judgeClearance(arm, points, obstacles, MARGINS, slack),
      ...this.#judgeTool(points, slack),
    ];
  }

  #judgeTool(points: readonly TrajectoryPoint[], slack: number): Escape[] {
    const endS = points.at(-1)?.timeS ?? 0;
    let startedInside = false;
    for (let sample = 0; sample <= SAMPLES; sample++) {
      const { positions, velocities } = stateOn({ startMs: 0, points }, (1000 * endS * sample) / SAMPLES);
      let [heading, turning, x, y, vx, vy] = [0, 0, 0, 0, 0, 0];
      this.#lengths.forEach((length, joint) => {
        heading += positions[joint] ?? 0;
        turning += velocities[joint] ?? 0;
        x += length * Math.cos(heading);
        y += length * Math.sin(heading);
        vx -= length * Math.sin(heading) * turning;
        vy += length * Math.cos(heading) * turning;
      });
      const out = Math.max(Math.abs(x), Math.abs(y)) - BOX;
      if (sample === 0) startedInside = out <= 0;
      if (this.#gene.box && startedInside && out > 1e-6 + slack)
        return [`the tool is ${out} m outside its box`];
      const speed = Math.hypot(vx, vy);
      if (this.#gene.toolSpeed && speed > TOOL_SPEED * (1 + 1e-5)) return [`the tool moves at ${speed} m/s`];
    }
    return [];
  }
}
