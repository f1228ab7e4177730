/** Runs a bundle's golden observation through the engine and prints the chunk: `infer.ts BUNDLE PRECISION`. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { JetsonVLAEngine } from 'jetson-vla';

const [bundle = '', precision = ''] = process.argv.slice(2);
const golden = JSON.parse(await readFile(path.join(bundle, 'golden.json'), 'utf8'));
const { front } = golden.images;
await using engine = await JetsonVLAEngine.load(bundle, { precision, golden: 'skip' });
const chunk = await engine.infer({ ...front, data: Buffer.from(front.data, 'base64') }, golden.instruction);
process.stdout.write(JSON.stringify([...chunk.toFloat32Array()]));
