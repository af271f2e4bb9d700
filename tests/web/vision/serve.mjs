// Calls functions of modules for tests/web/vision/node.py, until its input ends.
//
// A message is two lengths (uint32, little-endian), JSON, and the bytes of arrays. A question is {file, name, args}, an answer
// {value} or {error}. In JSON, an array of numbers of a fixed size is {$array: type, first, length}: `first` is its first
// byte. A number that JSON lacks is {$number: text}.
import { readSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const TYPES = { u8: Uint8Array, i32: Int32Array, u32: Uint32Array, f32: Float32Array };
const NAMES = new Map([...Object.entries(TYPES)].map(([name, type]) => [type, name]));
NAMES.set(Uint8ClampedArray, 'u8');

function read(size) {
  const buffer = Buffer.alloc(size);
  for (let done = 0; done < size; ) {
    const count = readSync(0, buffer, done, size - done, null);
    if (count === 0) process.exit(0);
    done += count;
  }
  return buffer;
}

function write(buffer) {
  for (let done = 0; done < buffer.length; ) done += writeSync(1, buffer, done);
}

function unpack(json, bytes) {
  return JSON.parse(json, (_, value) => {
    if (value?.$number) return Number(value.$number);
    if (!value?.$array) return value;
    const type = TYPES[value.$array];
    const { buffer } = new Uint8Array(bytes.subarray(value.first, value.first + value.length * type.BYTES_PER_ELEMENT));
    return new type(buffer);
  });
}

function pack(value) {
  const parts = [];
  let first = 0;
  const json = JSON.stringify(value, (_, each) => {
    if (typeof each === 'number' && !Number.isFinite(each)) return { $number: `${each}` };
    if (!ArrayBuffer.isView(each)) return each;
    const record = { $array: NAMES.get(each.constructor), first, length: each.length };
    parts.push(Buffer.from(each.buffer, each.byteOffset, each.byteLength));
    first += each.byteLength;
    return record;
  });
  return [Buffer.from(json ?? 'null'), Buffer.concat(parts)];
}

async function answer({ file, name, args }) {
  try {
    const module = await import(pathToFileURL(file));
    const value = typeof module[name] === 'function' ? await module[name](...args) : module[name];
    return { value: value === undefined ? null : value };
  } catch (error) {
    return { error: error.stack };
  }
}

for (;;) {
  const lengths = read(8);
  const json = read(lengths.readUInt32LE(0));
  const bytes = read(lengths.readUInt32LE(4));
  const [text, arrays] = pack(await answer(unpack(json.toString(), bytes)));
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(arrays.length, 4);
  write(Buffer.concat([lengths, text, arrays]));
}
