import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { summariseOnnx } from '../../../lib/toolchain/onnx/summary.js';

const SCRIPT = `
import collections, json, math, sys, onnx
model = onnx.load(sys.argv[1])
def walk(graph):
    for tensor in graph.initializer: yield "weight", tensor
    for node in graph.node:
        yield "node", node
        for attribute in node.attribute:
            if attribute.HasField("t"): yield "weight", attribute.t
            if attribute.HasField("g"): yield from walk(attribute.g)
found = list(walk(model.graph))
parameters = collections.Counter()
for kind, tensor in found:
    if kind == "weight":
        name = onnx.TensorProto.DataType.Name(tensor.data_type).lower()
        parameters["float32" if name == "float" else name] += math.prod(tensor.dims)
operators = collections.Counter(
    (f"{node.domain}." if node.domain not in ("", "ai.onnx") else "") + node.op_type
    for kind, node in found if kind == "node")
print(json.dumps({"operators": operators, "parameters": parameters}))
`;

describe('summariseOnnx beside the onnx package', () => {
  it.each([
    'examples/policies/pick/model.onnx',
    'examples/policies/pick/model.uint8.onnx',
    'test/fixtures/models/string-text.onnx',
  ])('counts the same operators and weights in %s', async (file) => {
    const python = process.env['JETSON_VLA_PYTHON'] ?? 'python3';
    const wanted = JSON.parse(execFileSync(python, ['-c', SCRIPT, file], { encoding: 'utf8' }));
    const { operators, weights } = await summariseOnnx(file);
    expect(operators).toEqual(wanted.operators);
    expect(Object.fromEntries(weights.map(({ dtype, parameters }) => [dtype, parameters]))).toEqual(
      wanted.parameters,
    );
  });
});
