import { z } from 'zod';
import { VLA_ERROR_CODES, VLAError, type VLAErrorCode } from '../../errors.js';

/** What python/jetson_vla_tools/protocol.py says while it works. */
const toolEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), label: z.string(), fraction: z.number().exactOptional() }),
  z.object({ type: z.literal('warning'), message: z.string() }),
  z.object({ type: z.literal('ask'), name: z.string(), payload: z.unknown() }),
  z.object({ type: z.literal('result'), value: z.unknown() }),
  z.object({
    type: z.literal('error'),
    code: z.string(),
    message: z.string(),
    hint: z.string().exactOptional(),
  }),
]);

export type ToolEvent = z.infer<typeof toolEvent>;

const SHOWN = 200;

/** @throws VLAError TOOL_FAILED when the line is not an event */
export function parseToolEvent(line: string): ToolEvent {
  const parsed = toolEvent.safeParse(json(line));
  if (parsed.success) return parsed.data;
  throw new VLAError(
    'TOOL_FAILED',
    `the Python side sent a line that is no event of the protocol: ${line.slice(0, SHOWN)}`,
    {
      hint: 'Other code may write to file descriptor 3; and make sure that jetson_vla_tools is the one of this package.',
    },
  );
}

/** What the Python side raised; a code that this version does not know is a failure of the tool. */
export function raisedError({ code, message, hint }: Extract<ToolEvent, { type: 'error' }>): VLAError {
  return new VLAError(isErrorCode(code) ? code : 'TOOL_FAILED', message, hint === undefined ? {} : { hint });
}

function isErrorCode(code: string): code is VLAErrorCode {
  return Object.hasOwn(VLA_ERROR_CODES, code);
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
