import { open } from 'node:fs/promises';
import { type ProtobufField, ProtobufFile } from './protobuf-fields.js';

/**
 * The files that hold weights of an ONNX model outside of the model's own file, as the model names them: relative to
 * its directory, each once. Weights inside of nodes are not looked for: exporters put none there.
 *
 * @throws ProtobufError for a file that is no ONNX model; errors of the file system
 */
export async function readExternalData(onnx: string): Promise<readonly string[]> {
  const handle = await open(onnx, 'r');
  try {
    const file = new ProtobufFile(handle);
    const { size } = await handle.stat();
    const locations = new Set<string>();
    // The field numbers are those of onnx.proto: graph 7, initializer 5, external_data 13.
    for await (const graph of select(file, { start: 0, end: size }, 7))
      for await (const weight of select(file, graph, 5))
        for await (const entry of select(file, weight, 13)) {
          const [key, value] = [await textOf(file, entry, 1), await textOf(file, entry, 2)];
          if (key === 'location') locations.add(value);
        }
    return [...locations];
  } finally {
    await handle.close();
  }
}

async function textOf(file: ProtobufFile, message: ProtobufField, number: number): Promise<string> {
  for await (const field of select(file, message, number)) return file.text(field);
  return '';
}

async function* select(file: ProtobufFile, { start, end }: { start: number; end: number }, number: number) {
  for await (const field of file.fields(start, end)) if (field.number === number) yield field;
}
