package vision.capture

import java.nio.ByteBuffer
import vision.BYTES_PER_PIXEL
import vision.PixelView
import vision.VisionResult

/**
 * A picture whose PNG fits into a capture. A larger picture is halved until it fits, and [view] is the one to analyze. Not
 * JPEG, because another decoder gives other bytes.
 */
class StoredPicture private constructor(val view: PixelView, internal val png: ByteArray, internal val halvings: Int) {
    companion object {
        private const val MOST_BYTES = 6_000_000

        fun of(frame: PixelView): StoredPicture {
            var view = frame
            var halvings = 0
            while (true) {
                val png = view.storedPng(MOST_BYTES)
                if (png != null) return StoredPicture(view, png, halvings)
                view = view.halved()
                ++halvings
            }
        }
    }
}

/** Returns the stored pixels as PNG, neither rotated nor mirrored; null for more than [most] bytes. */
private fun PixelView.storedPng(most: Int): ByteArray? {
    val stored = pixels.duplicate()
    val row = ByteArray(width * BYTES_PER_PIXEL)
    return png(width, height, Pixels.RGB, most) { y, out ->
        stored.clear()
        stored.position(y * bytesPerRow)
        stored.get(row)
        for (x in 0 until width) row.copyInto(out, CHANNELS * x, BYTES_PER_PIXEL * x, BYTES_PER_PIXEL * x + CHANNELS)
    }
}

/** Returns the EXIF orientation of the stored pixels. */
internal fun PixelView.exifOrientation(): Int = when (rotation) {
    90 -> if (mirrored) 5 else 6
    180 -> if (mirrored) 4 else 3
    270 -> if (mirrored) 7 else 8
    else -> if (mirrored) 2 else 1
}

/** Returns the map of a result as PNG; null without a map, or for more than [most] bytes. */
internal fun VisionResult.mapPng(most: Int): ByteArray? {
    val greys = greys() ?: return null
    val isDeep = greys.bytes == Pixels.DEEP_GREY.bytes
    return png(width, height, if (isDeep) Pixels.DEEP_GREY else Pixels.GREY, most) { y, out ->
        for (x in 0 until width) {
            val grey = greys.numbers.at(y * width + x)
            if (isDeep) {
                out[2 * x] = (grey shr Byte.SIZE_BITS).toByte()
                out[2 * x + 1] = grey.toByte()
            } else {
                out[x] = grey.toByte()
            }
        }
    }
}

/** Returns the picture at half its size, each pixel the mean of four, as RGBA. */
private fun PixelView.halved(): PixelView {
    val halfWidth = width / 2
    val halfHeight = height / 2
    val step = BYTES_PER_PIXEL
    val half = ByteBuffer.allocate(halfWidth * halfHeight * BYTES_PER_PIXEL)
    for (y in 0 until halfHeight) {
        for (x in 0 until halfWidth) {
            val to = (y * halfWidth + x) * BYTES_PER_PIXEL
            val from = 2 * y * bytesPerRow + 2 * x * step
            for (c in 0 until CHANNELS) {
                val sum = byteAt(from + c) + byteAt(from + step + c) +
                    byteAt(from + bytesPerRow + c) + byteAt(from + bytesPerRow + step + c)
                half.put(to + c, (sum / FOUR).toByte())
            }
        }
    }
    val rowBytes = halfWidth * BYTES_PER_PIXEL
    return PixelView(half, halfWidth, halfHeight, rowBytes, rotation, mirrored)
}

private fun PixelView.byteAt(index: Int) = pixels.get(index).toInt() and BYTE

private const val CHANNELS = 3 // red, green and blue
private const val FOUR = 4
private const val BYTE = 0xFF
