import type { Field, MessageSchema, PrimitiveName } from './schema.js';

/** What rclnodejs throws for `validateMessages`: unknown fields and wrong types. */
export class MessageValidationError extends Error {
  override readonly name = 'MessageValidationError';
  constructor(
    typeName: string,
    readonly issues: readonly string[],
  ) {
    super(`Message validation failed for ${typeName}: ${issues.join('; ')}`);
  }
}

export function assertValid(schema: MessageSchema, message: unknown): void {
  const issues = [...problems(schema, message, '')];
  if (issues.length > 0) throw new MessageValidationError(schema.typeName, issues);
}

function* problems(schema: MessageSchema, message: unknown, path: string): Generator<string> {
  if (message === null || message === undefined || typeof message === 'function') {
    yield `${path || '(root)'}: expected object`;
    return;
  }
  if (typeof message !== 'object') {
    const [data] = schema.fields;
    if (schema.fields.length !== 1 || data?.name !== 'data') yield `${path || '(root)'}: expected object`;
    else yield* fieldProblems(data, message, join(path, 'data'));
    return;
  }
  const fields = new Map(schema.fields.map((field) => [field.name, field]));
  for (const [name, value] of Object.entries(message)) {
    const field = fields.get(name);
    if (!field) yield `${join(path, name)}: UNKNOWN_FIELD`;
    else if (value !== undefined) yield* fieldProblems(field, value, join(path, name));
  }
}

function* fieldProblems({ type, array }: Field, value: unknown, path: string): Generator<string> {
  if (array === false) {
    yield* elementProblems(type, value, path);
    return;
  }
  // rclnodejs does not look into typed arrays, nor whether it is the right one.
  if (ArrayBuffer.isView(value)) return;
  if (!Array.isArray(value)) {
    yield `${path}: expected array`;
    return;
  }
  if (typeof array === 'number' && value.length !== array) yield `${path}: expected ${array} elements`;
  for (const [index, element] of value.entries()) yield* elementProblems(type, element, `${path}[${index}]`);
}

function* elementProblems(
  type: PrimitiveName | MessageSchema,
  value: unknown,
  path: string,
): Generator<string> {
  if (typeof type === 'object') {
    if (value !== null) yield* problems(type, value, path);
    return;
  }
  const expected = JAVASCRIPT_TYPES[type] ?? 'number';
  const given = typeof value;
  if (given !== expected && !(expected === 'bigint' && given === 'number'))
    yield `${path}: expected ${expected}, received ${given}`;
}

const JAVASCRIPT_TYPES: Partial<Record<PrimitiveName, string>> = {
  bool: 'boolean',
  string: 'string',
  int64: 'bigint',
  uint64: 'bigint',
};

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
