package vision

import java.nio.ByteBuffer

/** How a pixel lies in memory, byte by byte. Alpha is ignored. */
enum class PixelFormat(val bytesPerPixel: Int) { RGB(3), RGBA(4) }

/**
 * A picture in memory that someone else owns, and how it has to be turned to stand upright.
 *
 * One view serves all frames: [set] allocates nothing.
 */
class PixelView {
    var pixels: ByteBuffer = ByteBuffer.allocate(0)
        private set

    /** Of the picture as it is stored, in pixels. */
    var width = 0
        private set
    var height = 0
        private set

    /** From the beginning of a row to that of the next one: rows may be padded. */
    var bytesPerRow = 0
        private set
    var format = PixelFormat.RGB
        private set

    /** Degrees clockwise that make the picture upright: 0, 90, 180 or 270. */
    var rotation = 0
        private set

    /** Whether the upright picture is flipped left to right after that. */
    var mirrored = false
        private set

    val uprightWidth get() = if (isTurned) height else width
    val uprightHeight get() = if (isTurned) width else height

    /** Whether rows of the upright picture are columns of the stored one. */
    internal val isTurned get() = rotation == 90 || rotation == 270

    /** Whether going right in the upright picture is going down along the numbers of the stored axis. */
    internal val isFlippedX get() = (rotation == 90 || rotation == 180) != mirrored

    /** The same for going down in the upright picture. */
    internal val isFlippedY get() = rotation == 180 || rotation == 270

    /**
     * Looks at another picture. Its first byte is at index 0 of [pixels], whatever the position; position and limit
     * are left as they were.
     */
    fun set(
        pixels: ByteBuffer,
        width: Int,
        height: Int,
        bytesPerRow: Int,
        format: PixelFormat,
        rotation: Int = 0,
        mirrored: Boolean = false
    ) {
        require(width >= 1 && height >= 1) { "the picture has no pixels ($width x $height)" }
        val rowBytes = width * format.bytesPerPixel
        require(height == 1 || bytesPerRow >= rowBytes) {
            "the picture's rows are $bytesPerRow bytes apart, but have $rowBytes bytes"
        }
        val needed = (height - 1).toLong() * bytesPerRow + rowBytes
        require(needed <= pixels.limit()) { "the picture needs $needed bytes, but the buffer has ${pixels.limit()}" }
        require(rotation == 0 || rotation == 90 || rotation == 180 || rotation == 270) {
            "the picture's rotation is $rotation, but must be 0, 90, 180 or 270 degrees"
        }
        this.pixels = pixels
        this.width = width
        this.height = height
        this.bytesPerRow = bytesPerRow
        this.format = format
        this.rotation = rotation
        this.mirrored = mirrored
    }
}
