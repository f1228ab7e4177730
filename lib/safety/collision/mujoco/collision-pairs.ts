import { VLAError } from '../../../errors.js';
import { type GeomEntry, type ModelTables, pairKey } from './model-tables.js';
import type { RobotStructure } from './robot-structure.js';

/** Two geoms or bodies that may touch. `*` stands for any text. */
export type AllowedPair = readonly [a: string, b: string];

/** Pairs of geoms whose distance matters. */
export interface CollisionPairs {
  readonly environment: readonly (readonly [number, number])[];
  readonly self: readonly (readonly [number, number])[];
}

/** Shapes that mj_geomDistance does not measure: it would call them far away. */
const UNMEASURED = new Map([
  [1, 'a height field'],
  [8, 'a signed distance field'],
]);

/**
 * All pairs whose distance the named joints can change, less those that MuJoCo's own filters (contype, conaffinity,
 * parent and child, excludes) or `allowed` leave out.
 *
 * @param carried body that moves with `tool`, with all that is mounted on it
 * @throws VLAError INVALID_ARGUMENT when an allowed name matches nothing, or a shape cannot be measured
 */
export function collisionPairs(
  tables: ModelTables,
  structure: RobotStructure,
  allowed: readonly AllowedPair[],
  carried: { readonly bodies: ReadonlySet<number>; readonly tool: number },
): CollisionPairs {
  const matchers = allowed.map(([a, b]) => [matcher(tables, a), matcher(tables, b)] as const);
  const mayTouch = (one: number, other: number) =>
    matchers.some(([a, b]) => (a.has(one) && b.has(other)) || (a.has(other) && b.has(one)));
  const movedBy = (body: number) => structure.movedBy[carried.bodies.has(body) ? carried.tool : body] ?? '';
  const isRobot = (body: number) => carried.bodies.has(body) || structure.isRobot[body] === true;

  const environment: [number, number][] = [];
  const self: [number, number][] = [];
  tables.geoms.forEach((one, first) => {
    tables.geoms.forEach((other, second) => {
      if (second <= first || movedBy(one.body) === movedBy(other.body)) return;
      const named = tables.wanted.has(pairKey(first, second));
      if (!named && !collides(one, other)) return;
      if (!named && tables.excluded.has(pairKey(one.body, other.body))) return;
      const both = isRobot(one.body) && isRobot(other.body);
      const free = carried.bodies.has(one.body) || carried.bodies.has(other.body);
      if (!named && both && !free && tables.filterParent && areNeighbours(tables, one.body, other.body))
        return;
      if (mayTouch(first, second)) return;
      for (const { type, name } of [one, other])
        if (UNMEASURED.has(type))
          throw new VLAError(
            'INVALID_ARGUMENT',
            `${name} is ${UNMEASURED.get(type)}, whose distance cannot be measured`,
            {
              hint: 'Use boxes, capsules, cylinders, spheres or meshes, or allow the pair.',
            },
          );
      (both ? self : environment).push([first, second]);
    });
  });
  return { environment, self };
}

function collides(one: GeomEntry, other: GeomEntry): boolean {
  return (one.contype & other.conaffinity) !== 0 || (other.contype & one.conaffinity) !== 0;
}

function areNeighbours(tables: ModelTables, one: number, other: number): boolean {
  const weld = (body: number) => tables.bodies[body]?.weld ?? 0;
  const above = (body: number) => weld(tables.bodies[weld(body)]?.parent ?? 0);
  return weld(one) === weld(other) || weld(one) === above(other) || weld(other) === above(one);
}

function matcher(tables: ModelTables, pattern: string): ReadonlySet<number> {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`);
  const matches = new Set<number>();
  tables.geoms.forEach((geom, index) => {
    if (expression.test(geom.name) || expression.test(tables.bodies[geom.body]?.name ?? ''))
      matches.add(index);
  });
  if (matches.size === 0)
    throw new VLAError('INVALID_ARGUMENT', `allowed: no geom or body of the model is named ${pattern}`, {
      hint: `The geoms are ${tables.geoms.map((geom) => geom.name).join(', ')}.`,
    });
  return matches;
}
