// Compares this project with PyTorch, stage by stage, in Node: `node --test`. The browser runs the same modules.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { compare } from '../edgegen/parity/parity.js';
import { openModel } from '../edgegen/session.js';
import { MODEL } from '../vision/model.js';

const read = (name) => readFile(new URL(`../vectors/${name}`, import.meta.url));

test('every stage equals PyTorch', async () => {
  const readModel = (url) => readFile(new URL(url.pathname, url)); // without the query
  const session = await openModel({ model: MODEL, threads: 1, read: readModel });
  const report = await compare(read, (values) => session.run(values), MODEL);
  console.log(report.lines.join('\n'));
  assert.ok(report.passed, report.verdict);
  assert.ok(report.images > 0, 'the vectors have no picture');
  if (report.detections > 0) assert.deepEqual(report.missing, []);
});
