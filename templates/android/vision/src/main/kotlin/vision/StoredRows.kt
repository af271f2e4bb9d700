package vision

import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * Rows of the stored picture as packed pixels: byte 0 of a pixel in the lowest 8 bits of an Int, then bytes 1 and 2.
 * What lies above them is not to be looked at.
 *
 * Bytes come out of the buffer a row at a time: one call for each pixel would take longer than all the arithmetic.
 */
internal class StoredRows {
    private var transfer: ByteBuffer = ByteBuffer.allocateDirect(0)
    private var transferInts = transfer.asIntBuffer()
    private var bytes = ByteArray(0)
    private val rows = arrayOf(IntArray(0), IntArray(0))
    private val rowInSlot = intArrayOf(NO_ROW, NO_ROW)

    /** Makes room for rows of this picture. Allocates only when it is wider than all before. */
    fun prepare(image: PixelView) {
        val rowBytes = image.width * image.format.bytesPerPixel
        if (transfer.capacity() < rowBytes) {
            transfer = ByteBuffer.allocateDirect(image.width * Int.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
            transferInts = transfer.asIntBuffer()
        }
        if (image.format == PixelFormat.RGB && bytes.size < rowBytes) bytes = ByteArray(rowBytes)
        for (slot in rows.indices) if (rows[slot].size < image.width) rows[slot] = IntArray(image.width)
        rowInSlot.fill(NO_ROW)
    }

    /** Row [y], which stays as it is until a row is fetched whose number differs by an even one. */
    fun fetch(image: PixelView, y: Int): IntArray {
        val slot = y and 1
        val row = rows[slot]
        if (rowInSlot[slot] != y) {
            rowInSlot[slot] = y
            copy(image, y, row, 0)
        }
        return row
    }

    /** Row [y] into [out] from [offset] on. */
    fun copy(image: PixelView, y: Int, out: IntArray, offset: Int) {
        val pixels = image.pixels
        val position = pixels.position()
        val limit = pixels.limit()
        val first = y * image.bytesPerRow
        val rowBytes = image.width * image.format.bytesPerPixel
        pixels.window(first, first + rowBytes)
        if (image.format == PixelFormat.RGBA) {
            transfer.window(0, rowBytes)
            transfer.put(pixels)
            transferInts.window(0, image.width)
            transferInts.get(out, offset, image.width)
        } else {
            pixels.get(bytes, 0, rowBytes)
            pack(bytes, image.width, out, offset)
        }
        pixels.window(position, limit)
    }
}

private const val NO_ROW = -1

private fun pack(rgb: ByteArray, count: Int, out: IntArray, offset: Int) {
    var at = 0
    for (x in offset until offset + count) {
        out[x] = (rgb[at].toInt() and 0xFF) or
            ((rgb[at + 1].toInt() and 0xFF) shl 8) or
            ((rgb[at + 2].toInt() and 0xFF) shl 16)
        at += 3
    }
}

/** By way of [Buffer]: newer platforms have `ByteBuffer position(int)` of their own, which older ones lack. */
private fun Buffer.window(position: Int, limit: Int) {
    limit(limit)
    position(position)
}
