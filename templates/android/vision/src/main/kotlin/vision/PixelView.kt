package vision

import java.nio.ByteBuffer

/** The bytes of a pixel. Alpha is ignored. */
enum class PixelFormat(val bytesPerPixel: Int) { RGB(3), RGBA(4) }

/** A view of a picture in memory, and how it is turned upright. One view serves all frames: [set] allocates nothing. */
class PixelView {
    var pixels: ByteBuffer = ByteBuffer.allocate(0)
        private set

    /** Pixels, as stored. */
    var width = 0
        private set
    var height = 0
        private set

    /** From the start of a row to that of the next: rows may be padded. */
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

    /** Whether columns of the upright picture are stored as rows. */
    internal val isTurned get() = rotation == 90 || rotation == 270

    /** Whether x of the upright picture is stored in the opposite order. */
    internal val isFlippedX get() = (rotation == 90 || rotation == 180) != mirrored

    /** The same for y. */
    internal val isFlippedY get() = rotation == 180 || rotation == 270

    /** Changes to another picture. Its first byte is at index 0 of [pixels]; position and limit do not change. */
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
