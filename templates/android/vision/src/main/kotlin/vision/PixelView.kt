package vision

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** Red, green, blue and alpha. Alpha is ignored. */
const val BYTES_PER_PIXEL = 4

private const val OPAQUE = 0xFF shl 24 // alpha of an ARGB colour

/** A view of a stored RGBA picture in memory, and how it is turned upright. */
class PixelView(
    /** The first byte is at index 0, whatever the position is. Position and limit are left as they are. */
    val pixels: ByteBuffer,
    /** Pixels, as stored. */
    val width: Int,
    val height: Int,
    /** From the start of a row to that of the next: rows may be padded. */
    val bytesPerRow: Int,
    /** Degrees clockwise that make the picture upright: 0, 90, 180 or 270. */
    val rotation: Int = 0,
    /** Whether the upright picture is flipped left to right after that. */
    val mirrored: Boolean = false
) {
    init {
        require(width >= 1 && height >= 1) { "the picture has no pixels ($width x $height)" }
        val rowBytes = width * BYTES_PER_PIXEL
        require(height == 1 || bytesPerRow >= rowBytes) {
            "the picture's rows are $bytesPerRow bytes apart, but have $rowBytes bytes"
        }
        val needed = (height - 1).toLong() * bytesPerRow + rowBytes
        require(needed <= pixels.limit()) { "the picture needs $needed bytes, but the buffer has ${pixels.limit()}" }
        require(rotation == 0 || rotation == 90 || rotation == 180 || rotation == 270) {
            "the picture's rotation is $rotation, but must be 0, 90, 180 or 270 degrees"
        }
    }

    val uprightWidth get() = if (isTurned) height else width
    val uprightHeight get() = if (isTurned) width else height

    /** Whether columns of the upright picture are stored as rows. */
    internal val isTurned get() = rotation == 90 || rotation == 270

    /** Whether x of the upright picture is stored in the opposite order. */
    internal val isFlippedX get() = (rotation == 90 || rotation == 180) != mirrored

    /** The same for y. */
    internal val isFlippedY get() = rotation == 180 || rotation == 270

    /** Returns a part of the upright picture as opaque ARGB colours, row by row. */
    fun colors(left: Int, top: Int, width: Int, height: Int): IntArray {
        val bytes = pixels.duplicate().order(ByteOrder.BIG_ENDIAN)
        return IntArray(width * height) { i ->
            val x = left + i % width
            val y = top + i / width
            val storedX = if (isFlippedX) uprightWidth - 1 - x else x
            val storedY = if (isFlippedY) uprightHeight - 1 - y else y
            val row = if (isTurned) storedX else storedY
            val column = if (isTurned) storedY else storedX
            bytes.getInt(row * bytesPerRow + column * BYTES_PER_PIXEL).ushr(Byte.SIZE_BITS) or OPAQUE
        }
    }
}

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
        pixels.limit(first + rowBytes)
        pixels.position(first)
        transfer.clear()
        transfer.put(pixels)
        pixels.limit(limit)
        pixels.position(position)
        transferInts.clear()
        transferInts.get(row, 0, image.width)
    }
}
