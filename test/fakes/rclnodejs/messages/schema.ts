import { DEFINITIONS } from './definitions.js';

/** Types with an element size have a typed array. */
export type PrimitiveName =
  | 'bool'
  | 'byte'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64'
  | 'string';

export interface Field {
  readonly name: string;
  readonly type: PrimitiveName | MessageSchema;
  /** A number is a fixed length. */
  readonly array: false | 'sequence' | number;
}

export interface MessageSchema {
  readonly typeName: string;
  readonly fields: readonly Field[];
}

const PRIMITIVES: readonly string[] = [
  'bool',
  'byte',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'string',
];

const messages = new Map<string, MessageSchema>();

/** @param name such as `std_msgs/msg/String`. @throws Error as rclnodejs does for what was not generated */
export function messageSchema(name: string): MessageSchema {
  return interfacePart(name, 'msg', 0, 1);
}

export function serviceSchemas(name: string): { request: MessageSchema; response: MessageSchema } {
  return { request: interfacePart(name, 'srv', 0, 2), response: interfacePart(name, 'srv', 1, 2) };
}

export function actionSchemas(name: string) {
  const goal = interfacePart(name, 'action', 0, 3);
  const result = interfacePart(name, 'action', 1, 3);
  const feedback = interfacePart(name, 'action', 2, 3);
  const goalId: Field = {
    name: 'goal_id',
    type: messageSchema('unique_identifier_msgs/msg/UUID'),
    array: false,
  };
  const stamp: Field = { name: 'stamp', type: messageSchema('builtin_interfaces/msg/Time'), array: false };
  return {
    goal,
    sendGoal: {
      request: composed(`${name}_SendGoal_Request`, [goalId, { name: 'goal', type: goal, array: false }]),
      response: composed(`${name}_SendGoal_Response`, [
        { name: 'accepted', type: 'bool', array: false },
        stamp,
      ]),
    },
    getResult: {
      request: composed(`${name}_GetResult_Request`, [goalId]),
      response: composed(`${name}_GetResult_Response`, [
        { name: 'status', type: 'int8', array: false },
        { name: 'result', type: result, array: false },
      ]),
    },
    feedbackMessage: composed(`${name}_FeedbackMessage`, [
      goalId,
      { name: 'feedback', type: feedback, array: false },
    ]),
  };
}

/** Throws when the interface is unknown. */
export function checkInterface(name: string): void {
  if (DEFINITIONS[name] === undefined) throw new Error(`The message required does not exist: ${name}`);
}

function composed(typeName: string, fields: readonly Field[]): MessageSchema {
  return { typeName, fields };
}

function interfacePart(name: string, kind: string, part: number, parts: number): MessageSchema {
  const key = `${name}#${part}`;
  const known = messages.get(key);
  if (known) return known;
  checkInterface(name);
  const texts = (DEFINITIONS[name] ?? '').split('---');
  const text = texts[part];
  if (name.split('/')[1] !== kind || texts.length !== parts || text === undefined)
    throw new TypeError(`${name} is not a ${kind}`);
  const schema: MessageSchema = { typeName: name, fields: fieldsOf(text, name.split('/')[0] ?? '') };
  messages.set(key, schema);
  return schema;
}

function fieldsOf(text: string, packageName: string): Field[] {
  return text
    .split(';')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^([\w/]+)(\[(\d*)\])? (\w+)$/.exec(line);
      if (!match) throw new Error(`malformed definition: ${line}`);
      const [, type = '', brackets, length, name = ''] = match;
      return {
        name,
        type: fieldType(type, packageName),
        array: brackets === undefined ? false : length === '' ? 'sequence' : Number(length),
      };
    });
}

function fieldType(type: string, packageName: string): PrimitiveName | MessageSchema {
  if (isPrimitive(type)) return type;
  const [owner, name] = type.includes('/') ? type.split('/') : [packageName, type];
  return messageSchema(`${owner}/msg/${name}`);
}

function isPrimitive(type: string): type is PrimitiveName {
  return PRIMITIVES.includes(type);
}
