// The map of a capture, as a PNG: of grey values, also of 16 bits, which a canvas does not have.

/** @typedef {import('../vision/types.js').Result} Result */

/** The kinds of pixels. Grey values of two bytes are big-endian. */
const GREY = { bytes: 1, depth: 8, kind: 0 };
const DEEP_GREY = { bytes: 2, depth: 16, kind: 0 };

const MOST_MAP_BYTES = 2_000_000;

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const PAETH = 4; // the only filter in use
const ROWS_AT_ONCE = 64;

/**
 * Return the PNG of a class map or depth map; null if there is none, or if it is too large.
 *
 * @param {Result} result
 */
export async function mapPng(result) {
  const { width, height, classMap, depth, lowest, highest } =
    /** @type {{width: number, height: number, classMap?: Uint8Array, depth?: Float32Array, lowest?: number, highest?: number}} */ (
      result
    );
  if (classMap) {
    return encodePng(width, height, GREY, MOST_MAP_BYTES, (y, row) =>
      row.set(classMap.subarray(y * width, (y + 1) * width)),
    );
  }
  if (!depth) return null;
  // 0 is the lowest value, 65535 the highest.
  const [least, most] = [Number(lowest), Number(highest)];
  const gain = most > least ? 65535 / (most - least) : 0;
  return encodePng(width, height, DEEP_GREY, MOST_MAP_BYTES, (y, row) => {
    for (let x = 0; x < width; x++) {
      const value = Math.round((depth[y * width + x] - least) * gain);
      const grey = value >= 0 && value <= 65535 ? value : 0;
      row[2 * x] = grey >> 8;
      row[2 * x + 1] = grey & 255;
    }
  });
}

/**
 * Return the PNG, or null if its pixels need more than `most` bytes.
 *
 * @param {number} width
 * @param {number} height
 * @param {{bytes: number, depth: number, kind: number}} pixels
 * @param {number} most
 * @param {(y: number, row: Uint8Array) => void} fill writes the bytes of a row
 * @returns {Promise<Uint8Array | null>}
 */
async function encodePng(width, height, pixels, most, fill) {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, pixels.depth);
  header.setUint8(9, pixels.kind);
  const packed = await pack(width * pixels.bytes, height, pixels.bytes, most, fill);
  if (!packed) return null;
  return joined([
    SIGNATURE,
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', packed),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/**
 * Return parts as one array.
 *
 * @param {Uint8Array[]} parts
 */
function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * Filter and compress the rows. Return null for more than `most` bytes.
 *
 * @param {number} rowBytes
 * @param {number} height
 * @param {number} step bytes of a pixel
 * @param {number} most
 * @param {(y: number, row: Uint8Array) => void} fill
 */
async function pack(rowBytes, height, step, most, fill) {
  const { readable, writable } = new CompressionStream('deflate');
  const reading = readUpTo(readable, most);
  const writer = writable.getWriter();
  let row = new Uint8Array(rowBytes);
  let above = new Uint8Array(rowBytes);
  try {
    for (let first = 0; first < height; first += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, height - first);
      const lines = new Uint8Array(count * (1 + rowBytes));
      for (let i = 0; i < count; i++) {
        fill(first + i, row);
        predict(row, above, step, lines.subarray(i * (1 + rowBytes), (i + 1) * (1 + rowBytes)));
        [row, above] = [above, row];
      }
      await writer.write(lines);
    }
    await writer.close();
  } catch {
    // The reader has cancelled: it is too large.
  }
  return reading;
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number} most
 */
async function readUpTo(stream, most) {
  const reader = stream.getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  for (let { done, value } = await reader.read(); !done && value; { done, value } = await reader.read()) {
    parts.push(value);
    size += value.length;
    if (size > most) {
      await reader.cancel();
      return null;
    }
  }
  return joined(parts);
}

/**
 * The Paeth filter: subtract from each byte the neighbour that is nearest to left + above - corner.
 *
 * @param {Uint8Array} row
 * @param {Uint8Array} aboveRow
 * @param {number} step
 * @param {Uint8Array} line
 */
function predict(row, aboveRow, step, line) {
  line[0] = PAETH;
  for (let i = 0; i < row.length; i++) {
    const left = i >= step ? row[i - step] : 0;
    const above = aboveRow[i];
    const corner = i >= step ? aboveRow[i - step] : 0;
    const toLeft = Math.abs(above - corner);
    const toAbove = Math.abs(left - corner);
    const toCorner = Math.abs(left + above - 2 * corner);
    const nearest = toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    line[i + 1] = row[i] - nearest;
  }
}

/**
 * @param {string} name
 * @param {Uint8Array} content
 */
function chunk(name, content) {
  const bytes = joined([new TextEncoder().encode(name), content]);
  return joined([bigEndian(content.length), bytes, bigEndian(crc32(bytes))]);
}

/** @param {number} value */
function bigEndian(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

/**
 * Return the checksum of a PNG's chunk.
 *
 * @param {Uint8Array} bytes
 */
function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = CRC_TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
