/** The nearest pair of bodies at one configuration. */
export interface Clearance {
  /** Signed distance between their surfaces, m: negative when they overlap. Infinity when nothing is near. */
  readonly distance: number;
  /** Names of the two bodies; empty when nothing is near. */
  readonly a: string;
  readonly b: string;
}

/** The clearances of a robot at one configuration. */
export interface Clearances {
  /** Robot (and what it carries) against everything else. */
  readonly environment: Clearance;
  /** Robot against itself. */
  readonly self: Clearance;
}

/**
 * Predicts how close the robot would come to its surroundings and to itself: it puts a model of the robot into a
 * configuration and measures. Pairs that are meant to touch (fingers and what they grasp) are its own business to
 * leave out.
 */
export interface CollisionChecker {
  /**
   * Per joint, an upper bound on how far any point of the robot moves when the joint turns by one rad (m/rad; 1 for
   * a sliding joint). What makes the check between two configurations exact instead of sampled.
   */
  readonly reach: readonly number[];
  /**
   * The smallest clearances with the robot at `joints`. A distance may be understated, never overstated; beyond
   * {@link SafetyOptions} `slowDistance` it may be given as Infinity.
   *
   * @param joints rad, in the robot's order
   * @param gripper 0 = open, 1 = closed; undefined when it is not known
   */
  clearances(joints: readonly number[], gripper: number | undefined): Clearances | Promise<Clearances>;
  /** When the positions of the obstacles were last known: milliseconds on the robot's clock; absent when they do not move. */
  sceneStamp?(): number;
}

/** Where the parts of the robot are that must stay in the workspace: forward kinematics. */
export interface Kinematics {
  /** Per joint, the same bound as {@link CollisionChecker.reach}, for the points below. */
  readonly reach: readonly number[];
  /** The tool centre point, then further points (elbow …), each [x, y, z] in the base frame, m. */
  points(joints: readonly number[]): readonly (readonly [x: number, y: number, z: number])[];
  /** Their names, in the same order. */
  readonly pointNames: readonly string[];
}
