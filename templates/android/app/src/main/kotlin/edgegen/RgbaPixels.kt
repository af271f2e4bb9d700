package edgegen

import android.graphics.Bitmap
import android.graphics.Color
import androidx.core.graphics.createBitmap
import java.nio.ByteBuffer
import java.nio.ByteOrder
import vision.BYTES_PER_PIXEL
import vision.PixelView

/**
 * A bitmap's pixels for the detector, byte by byte as they were decoded: [Bitmap.getPixels] would convert photos of another
 * colour space, which PyTorch's reader does not.
 */
class RgbaPixels(private val bitmap: Bitmap) {
    init {
        require(bitmap.config == Bitmap.Config.ARGB_8888) { "the pixels are ${bitmap.config}" }
    }

    private val bytes = ByteBuffer.allocateDirect(bitmap.byteCount)

    /** Reads them all again. */
    fun read() {
        bytes.clear()
        bitmap.copyPixelsToBuffer(bytes)
        bytes.clear()
        if (isBlueFirst) swapRedAndBlue()
    }

    /** Returns a view of them. It shows later reads, too. */
    fun view(rotation: Int = 0, isMirrored: Boolean = false) =
        PixelView(bytes, bitmap.width, bitmap.height, bitmap.rowBytes, rotation, isMirrored)

    private fun swapRedAndBlue() {
        val row = IntArray(bitmap.width)
        val pixels = bytes.order(ByteOrder.BIG_ENDIAN).asIntBuffer()
        for (y in 0 until bitmap.height) {
            pixels.position(y * bitmap.width)
            pixels.duplicate().get(row)
            for (x in row.indices) row[x] = Integer.reverseBytes(row[x].rotateRight(Byte.SIZE_BITS))
            pixels.put(row)
        }
    }

    private companion object {
        /** Android's own order is red, green, blue; where tests run on a JVM it is another. */
        val isBlueFirst by lazy {
            val red = ByteBuffer.allocate(BYTES_PER_PIXEL)
            createBitmap(1, 1).apply { eraseColor(Color.RED) }.copyPixelsToBuffer(red)
            red.get(0) == 0.toByte()
        }
    }
}

/**
 * Returns a photo that is mutable and not premultiplied without its alpha, and with 8 bits a channel. Null: Android cannot
 * convert it. The original is recycled if it is not returned.
 */
fun Bitmap.toOpaque(): Bitmap? = toArgb8888()?.apply { if (hasAlpha()) makeOpaque() }

/** Android decodes files with more bits to more, whatever was preferred. */
private fun Bitmap.toArgb8888(): Bitmap? {
    if (config == Bitmap.Config.ARGB_8888) return this
    return copy(Bitmap.Config.ARGB_8888, true).also { recycle() }
}

/** Bytes, not [Bitmap.getPixels]: that would convert the colours of another colour space. */
private fun Bitmap.makeOpaque() {
    val pixels = ByteBuffer.allocate(byteCount)
    copyPixelsToBuffer(pixels)
    for (alpha in ALPHA until byteCount step BYTES_PER_PIXEL) pixels.put(alpha, OPAQUE)
    pixels.clear()
    copyPixelsFromBuffer(pixels)
    setHasAlpha(false)
}

private const val ALPHA = 3 // the last byte of each pixel
private const val OPAQUE: Byte = -1
