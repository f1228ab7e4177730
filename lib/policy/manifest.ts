import { VLAError } from '../errors.js';
import { describe, describeIssue, unknownKeys } from './manifest-issues.js';
import { type PolicyManifest, policyManifest } from './manifest-schema.js';

export type { PolicyManifest } from './manifest-schema.js';

/** A manifest with its defaults, and what a person should look at although it is no error. */
export interface ParsedManifest {
  readonly manifest: PolicyManifest;
  /** One line each, such as `inputs.cameras[0].colour: unknown key, ignored`. */
  readonly warnings: readonly string[];
}

/**
 * Checks the contents of a `policy.json` as a whole and fills in the defaults. What the file leaves out is taken
 * from what it does say (the horizon from the shape of the output, one group per run of joints), or is the plainest
 * choice: frames stretched to 224 × 224 RGB, divided by 255, in HWC layout; the instruction itself as text, padded
 * at the right with id 0; vectors that are not normalised; absolute joint positions. Units, gripper polarity,
 * `chunk.dt` and the value that stands for an absent camera have no default: a robot moves by them.
 *
 * A whole manifest for one camera and six joints:
 * ```json
 * {
 *   "schema": "jetson-vla/policy", "version": 1, "id": "pick",
 *   "inputs": { "cameras": [{ "id": "wrist" }],
 *               "text": { "tokenizer": { "file": "tokenizer.json", "sha256": "…" } } },
 *   "stages": { "kind": "single", "models": [{
 *     "inputs": [
 *       { "name": "image", "dtype": "float32", "shape": [1, 224, 224, 3], "from": "camera:wrist" },
 *       { "name": "text", "dtype": "int64", "shape": [1, 16], "from": "text.ids" }],
 *     "outputs": [{ "name": "actions", "dtype": "float32", "shape": [1, 5, 7] }],
 *     "artifacts": [{ "format": "onnx", "file": "model.onnx", "sha256": "…" }] }] },
 *   "action": { "dims": [
 *     { "name": "shoulder_pan", "unit": "rad" }, { "name": "shoulder_lift", "unit": "rad" },
 *     { "name": "elbow", "unit": "rad" }, { "name": "wrist_1", "unit": "rad" },
 *     { "name": "wrist_2", "unit": "rad" }, { "name": "wrist_3", "unit": "rad" },
 *     { "name": "gripper", "unit": "unit", "gripper": { "open": 0, "closed": 1 } }] },
 *   "chunk": { "dt": 0.5 }
 * }
 * ```
 *
 * A valid manifest may still ask for a feature that this version does not run; `Policy` says so when it is made.
 *
 * @param json what `JSON.parse` gave
 * @throws VLAError MANIFEST_INVALID with one line per problem; UNSUPPORTED_POLICY when all that is wrong is that
 *   it has values, required features or a version that this version does not know
 */
export function parseManifest(json: unknown): ParsedManifest {
  checkHeader(json);
  const result = policyManifest.safeParse(json);
  if (result.success)
    return {
      manifest: result.data,
      warnings: unknownKeys(json, result.data).map((path) => `${path}: unknown key, ignored`),
    };

  const problems = result.error.issues.map((issue) => describeIssue(issue, json));
  const message = problems.map(({ line }) => line).join('\n');
  if (problems.every(({ unsupported }) => unsupported))
    throw new VLAError('UNSUPPORTED_POLICY', message, {
      hint: 'Check the spelling, or update jetson-vla if the policy was made for a newer version.',
    });
  throw new VLAError('MANIFEST_INVALID', message, { hint: 'Correct policy.json in the places named.' });
}

/** The fields that say whether the rest can be understood at all come first, so that the rest adds no noise. */
function checkHeader(json: unknown): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new VLAError('MANIFEST_INVALID', `manifest: expected an object, got ${describe(json)}`, {
      hint: 'policy.json holds one JSON object; see the documentation of the policy bundle.',
    });
  const header = new Map<string, unknown>(Object.entries(json));
  const schema = header.get('schema');
  if (schema !== 'jetson-vla/policy')
    throw new VLAError('MANIFEST_INVALID', `schema: expected "jetson-vla/policy", got ${describe(schema)}`, {
      hint: 'This JSON file is no policy manifest; point at the directory of a policy bundle.',
    });
  const version = header.get('version');
  if (version !== 1)
    throw new VLAError(
      typeof version === 'number' ? 'UNSUPPORTED_POLICY' : 'MANIFEST_INVALID',
      `version: expected 1, got ${describe(version)}`,
      { hint: 'Update jetson-vla to read bundles of a later version.' },
    );
  const required = header.get('requires');
  if (Array.isArray(required) && required.length > 0)
    throw new VLAError(
      'UNSUPPORTED_POLICY',
      `requires: expected no features beyond version 1 of the schema, got ${describe(required)}`,
      { hint: 'Update jetson-vla; this version would run the policy without what it needs.' },
    );
}
