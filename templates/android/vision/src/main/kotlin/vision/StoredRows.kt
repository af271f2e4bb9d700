package vision

import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** A packed pixel has red in the lowest 8 bits, then green and blue. The bits above have no meaning. */
internal const val PACKED_BITS = 8

/** Reads rows of the stored picture as packed pixels. Allocates only for the widest picture yet. */
internal class StoredRows {
    private var transfer: ByteBuffer = ByteBuffer.allocateDirect(0)
    private var transferInts = transfer.asIntBuffer()

    /** Reads row [y] into [row], as a whole: one call for each pixel would take longer than all the arithmetic. */
    fun read(image: PixelView, y: Int, row: IntArray) {
        val rowBytes = image.width * BYTES_PER_PIXEL
        if (transfer.capacity() < rowBytes) {
            transfer = ByteBuffer.allocateDirect(rowBytes).order(ByteOrder.LITTLE_ENDIAN)
            transferInts = transfer.asIntBuffer()
        }
        val pixels = image.pixels
        val position = pixels.position()
        val limit = pixels.limit()
        val first = y * image.bytesPerRow
        pixels.window(first, first + rowBytes)
        transfer.window(0, rowBytes)
        transfer.put(pixels)
        pixels.window(position, limit)
        transferInts.window(0, image.width)
        transferInts.get(row, 0, image.width)
    }
}

/** By way of [Buffer]: newer platforms have `ByteBuffer position(int)` of their own, which older ones lack. */
private fun Buffer.window(position: Int, limit: Int) {
    limit(limit)
    position(position)
}
