package vision.capture

import java.nio.Buffer
import vision.PixelFormat
import vision.PixelView
import vision.VisionResult

/** The picture as it is stored, neither turned nor mirrored. Null if that is more than [most] bytes. */
internal fun PixelView.storedPng(most: Int): ByteArray? {
    val stored = pixels.duplicate()
    val row = ByteArray(width * format.bytesPerPixel)
    return png(width, height, Pixels.RGB, most) { y, out ->
        (stored as Buffer).clear() // by way of Buffer: newer platforms have another method of this name
        (stored as Buffer).position(y * bytesPerRow)
        stored.get(row)
        if (format == PixelFormat.RGB) row.copyInto(out) else withoutAlpha(row, out)
    }
}

private fun withoutAlpha(row: ByteArray, out: ByteArray) {
    var from = 0
    for (to in out.indices step PixelFormat.RGB.bytesPerPixel) {
        out[to] = row[from]
        out[to + 1] = row[from + 1]
        out[to + 2] = row[from + 2]
        from += PixelFormat.RGBA.bytesPerPixel
    }
}

/** EXIF's number of how it becomes upright. */
internal fun PixelView.exifOrientation(): Int = when (rotation) {
    90 -> if (mirrored) 5 else 6
    180 -> if (mirrored) 4 else 3
    270 -> if (mirrored) 7 else 8
    else -> if (mirrored) 2 else 1
}

/** The number of every pixel of a result, if it has any. Null, too, if they take too much room. */
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
