package vision

import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** A packed pixel has red in the lowest 8 bits, then green and blue. The bits above have no meaning. */
internal const val PACKED_BITS = 8

/**
 * Rows of the stored picture as packed pixels. They come out of the buffer a row at a time: one call for each pixel would
 * take longer than all the arithmetic.
 */
internal class StoredRows {
    private var transfer: ByteBuffer = ByteBuffer.allocateDirect(0)
    private var transferInts = transfer.asIntBuffer()
    private var bytes = ByteArray(0)
    private val rows = arrayOf(IntArray(0), IntArray(0))
    private val rowInSlot = intArrayOf(NO_ROW, NO_ROW)

    /** Starts a picture. Allocates only for the widest one yet. */
    fun start(image: PixelView) {
        val rowBytes = image.width * image.format.bytesPerPixel
        if (image.format == PixelFormat.RGBA && transfer.capacity() < rowBytes) {
            transfer = ByteBuffer.allocateDirect(rowBytes).order(ByteOrder.LITTLE_ENDIAN)
            transferInts = transfer.asIntBuffer()
        }
        if (image.format == PixelFormat.RGB && bytes.size < rowBytes) bytes = ByteArray(rowBytes)
        for (slot in rows.indices) if (rows[slot].size < image.width) rows[slot] = IntArray(image.width)
        rowInSlot.fill(NO_ROW)
    }

    /** Returns row [y]. It stays until a row is read whose number differs by an even one. */
    fun row(image: PixelView, y: Int): IntArray {
        val slot = y and 1
        if (rowInSlot[slot] != y) copy(image, y, rows[slot])
        rowInSlot[slot] = y
        return rows[slot]
    }

    private fun copy(image: PixelView, y: Int, row: IntArray) {
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
            transferInts.get(row, 0, image.width)
        } else {
            pixels.get(bytes, 0, rowBytes)
            pack(bytes, image.width, row)
        }
        pixels.window(position, limit)
    }
}

private const val NO_ROW = -1

private fun pack(rgb: ByteArray, count: Int, row: IntArray) {
    for (x in 0 until count) {
        val red = rgb[3 * x].toInt() and 0xFF
        val green = rgb[3 * x + 1].toInt() and 0xFF
        val blue = rgb[3 * x + 2].toInt() and 0xFF
        row[x] = red or (green shl PACKED_BITS) or (blue shl 2 * PACKED_BITS)
    }
}

/** By way of [Buffer]: newer platforms have `ByteBuffer position(int)` of their own, which older ones lack. */
private fun Buffer.window(position: Int, limit: Int) {
    limit(limit)
    position(position)
}
