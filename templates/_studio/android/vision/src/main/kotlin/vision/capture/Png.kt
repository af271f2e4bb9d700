package vision.capture

import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.util.zip.CRC32
import java.util.zip.Deflater

/** The bytes of a pixel. Greys of two bytes are big-endian. */
internal enum class Pixels(val bytes: Int, val depth: Int, val kind: Int) {
    GREY(1, 8, 0),
    DEEP_GREY(2, 16, 0),
    RGB(3, 8, 2)
}

/**
 * Encodes a picture as PNG with exactly the given bytes. Android's own encoder converts colours by way of a Bitmap, and has no
 * 16-bit grey. [fill] writes the bytes of a row. Returns null for more than [most] bytes.
 */
internal fun png(width: Int, height: Int, pixels: Pixels, most: Int, fill: (Int, ByteArray) -> Unit): ByteArray? {
    val out = ByteArrayOutputStream()
    out.write(SIGNATURE)
    val size = ByteBuffer.allocate(HEADER_BYTES).putInt(width).putInt(height)
    out.chunk("IHDR", size.put(pixels.depth.toByte()).put(pixels.kind.toByte()).array())
    val packed = pack(width, height, pixels, most, fill) ?: return null
    out.chunk("IDAT", packed)
    out.chunk("IEND", ByteArray(0))
    return out.toByteArray()
}

private fun pack(width: Int, height: Int, pixels: Pixels, most: Int, fill: (Int, ByteArray) -> Unit): ByteArray? {
    val deflater = Deflater()
    try {
        val packed = ByteArrayOutputStream()
        val buffer = ByteArray(BUFFER_BYTES)
        val line = ByteArray(1 + width * pixels.bytes)
        var row = ByteArray(width * pixels.bytes)
        var above = ByteArray(row.size)
        for (y in 0 until height) {
            fill(y, row)
            line[0] = PAETH
            predict(row, above, pixels.bytes, line)
            deflater.setInput(line)
            while (!deflater.needsInput()) packed.write(buffer, 0, deflater.deflate(buffer))
            if (packed.size() > most) return null
            row = above.also { above = row }
        }
        deflater.finish()
        while (!deflater.finished()) packed.write(buffer, 0, deflater.deflate(buffer))
        return packed.toByteArray().takeIf { it.size <= most }
    } finally {
        deflater.end()
    }
}

/** The Paeth filter: subtracts from each byte the neighbour that is nearest to left + above - corner. */
private fun predict(row: ByteArray, aboveRow: ByteArray, step: Int, line: ByteArray) {
    for (i in row.indices) {
        val left = if (i >= step) row[i - step].toInt() and BYTE else 0
        val above = aboveRow[i].toInt() and BYTE
        val corner = if (i >= step) aboveRow[i - step].toInt() and BYTE else 0
        val toLeft = Math.abs(above - corner)
        val toAbove = Math.abs(left - corner)
        val toCorner = Math.abs(left + above - 2 * corner)
        val nearest = if (toLeft <= toAbove && toLeft <= toCorner) {
            left
        } else if (toAbove <= toCorner) {
            above
        } else {
            corner
        }
        line[i + 1] = (row[i] - nearest).toByte()
    }
}

private fun ByteArrayOutputStream.chunk(name: String, content: ByteArray) {
    val bytes = name.toByteArray(Charsets.US_ASCII) + content
    val sum = CRC32().apply { update(bytes) }.value.toInt()
    write(ByteBuffer.allocate(Int.SIZE_BYTES).putInt(content.size).array())
    write(bytes)
    write(ByteBuffer.allocate(Int.SIZE_BYTES).putInt(sum).array())
}

private fun ByteArrayOutputStream.write(bytes: ByteArray) = write(bytes, 0, bytes.size)

private val SIGNATURE = byteArrayOf(0x89.toByte(), 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A)
private const val HEADER_BYTES = 13
private const val BUFFER_BYTES = 1 shl 16
private const val PAETH: Byte = 4 // the only filter used
private const val BYTE = 0xFF
