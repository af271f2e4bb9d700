// Compares this project with PyTorch, stage by stage, in Node: `node --test`. The browser runs the same modules.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { compare } from '../edgegen/parity/parity.js';
import { checkModel, openModel } from '../edgegen/session.js';
import { MODEL } from '../vision/model.js';

const read = (name) => readFile(new URL(`../vectors/${name}`, import.meta.url));
const open = (model) => openModel({ model, threads: 1, read: (url) => readFile(new URL(url.pathname, url)) });

test('every stage equals PyTorch', async () => {
  const session = await open(MODEL);
  try {
    const report = await compare(read, (values) => session.run(values), MODEL);
    console.log(report.inWords());
    assert.ok(report.passed, report.inWords());
    assert.ok(report.images > 0, 'the vectors have no picture');
    const names = report.stages.map((stage) => stage.name);
    assert.deepEqual(names.slice(0, 3), ['constants', 'letterbox', 'tensor']);
    if (report.detections > 0) assert.deepEqual(report.missing, []);
  } finally {
    await session.close();
  }
});

test('vectors of another model fail', async () => {
  const ofAnother = async (name) => {
    if (name !== 'index.json') return read(name);
    const index = JSON.parse(await read(name));
    return Buffer.from(JSON.stringify({ ...index, model_sha256: '0'.repeat(64) }));
  };
  const report = await compare(ofAnother, null, MODEL);
  assert.ok(!report.passed);
  assert.match(report.problems[0], /pteSha256/);
});

test('a damaged picture is noticed at the letterbox', async () => {
  const { pictures } = JSON.parse(await read('index.json'));
  const { file, width, height, arrays } = pictures[0];
  const damaged = async (name) => {
    const bytes = await read(name);
    const middle = arrays.picture.offset + 3 * width * Math.floor(height / 2); // never cut off
    if (name === file) for (let i = middle; i < middle + 3000; i++) bytes[i] ^= 64;
    return bytes;
  };
  const equalBytes = async (reader) => (await compare(reader, null, MODEL)).stages[1].compared;
  assert.ok((await equalBytes(damaged)) < (await equalBytes(read)), 'fewer bytes are known to be equal');
});

test('a model that is cut short or damaged is rejected', async () => {
  const bytes = await readFile(new URL('../model/model.onnx', import.meta.url));
  await checkModel(bytes, MODEL);
  await assert.rejects(checkModel(bytes.subarray(0, -1), MODEL), { code: 'model-cut' });
  bytes[bytes.length >> 1] ^= 1;
  await assert.rejects(checkModel(bytes, MODEL), { code: 'model-other' });
});
