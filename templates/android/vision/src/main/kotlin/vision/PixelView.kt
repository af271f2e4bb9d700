package vision

import java.nio.ByteBuffer

/** Red, green, blue and alpha. Alpha is ignored. */
const val BYTES_PER_PIXEL = 4

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
}
