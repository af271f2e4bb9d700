package vision.capture

import java.nio.ByteBuffer
import vision.PixelFormat
import vision.PixelView

/**
 * A picture with a PNG of it that has room in a capture. One that is too large is halved until it has: what is looked at then
 * is [view], so that every stage can be replayed. A JPEG handed over beside the capture would not do for that: another decoder
 * gives other bytes.
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

/** Of half the width and half the height, as RGBA: the mean of each four pixels. */
private fun PixelView.halved(): PixelView {
    val halfWidth = width / 2
    val halfHeight = height / 2
    val step = format.bytesPerPixel
    val half = ByteBuffer.allocate(halfWidth * halfHeight * PixelFormat.RGBA.bytesPerPixel)
    for (y in 0 until halfHeight) {
        for (x in 0 until halfWidth) {
            val to = (y * halfWidth + x) * PixelFormat.RGBA.bytesPerPixel
            val from = 2 * y * bytesPerRow + 2 * x * step
            for (c in 0 until PixelFormat.RGB.bytesPerPixel) {
                val sum = byteAt(from + c) + byteAt(from + step + c) +
                    byteAt(from + bytesPerRow + c) + byteAt(from + bytesPerRow + step + c)
                half.put(to + c, (sum / FOUR).toByte())
            }
        }
    }
    val view = PixelView()
    val rowBytes = halfWidth * PixelFormat.RGBA.bytesPerPixel
    view.set(half, halfWidth, halfHeight, rowBytes, PixelFormat.RGBA, rotation, mirrored)
    return view
}

private fun PixelView.byteAt(index: Int) = pixels.get(index).toInt() and BYTE

private const val FOUR = 4
private const val BYTE = 0xFF
