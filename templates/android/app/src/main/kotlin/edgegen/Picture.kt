package edgegen

import android.graphics.Bitmap
import android.graphics.Rect
import androidx.core.graphics.createBitmap
import kotlin.math.ceil
import kotlin.math.floor
import vision.Detection
import vision.PixelView

/**
 * The upright picture of a result, as the camera took it: only the screen mirrors a front camera. The result's coordinates
 * are in its pixels. Use it only while the result is processed: afterwards the camera reuses the memory.
 *
 * [copy]: returns the pixels of a part that is inside the picture.
 */
class Picture(val width: Int, val height: Int, private val copy: (part: Rect) -> Bitmap) {
    @Volatile private var isClosed = false

    /** A live frame. No pixel is copied yet. */
    constructor(frame: PixelView) : this(frame.uprightWidth, frame.uprightHeight, { frame.copyOf(it) })

    /** Returns a copy of the pixels that a box touches; null: there are none in the picture. */
    fun crop(box: Detection): Bitmap? = crop(box.x1, box.y1, box.x2, box.y2)

    /** Returns a copy of the pixels that this part touches; null: there are none in the picture. */
    fun crop(x1: Float, y1: Float, x2: Float, y2: Float): Bitmap? {
        check(!isClosed) { "the picture is used after process() has returned" }
        if (!(x1 < x2 && y1 < y2)) return null // NaN is not smaller
        val part = Rect(
            floor(x1).toInt().coerceIn(0, width),
            floor(y1).toInt().coerceIn(0, height),
            ceil(x2).toInt().coerceIn(0, width),
            ceil(y2).toInt().coerceIn(0, height)
        )
        return if (part.isEmpty) null else copy(part)
    }

    /** Ends its use. */
    fun close() {
        isClosed = true
    }
}

private fun PixelView.copyOf(part: Rect): Bitmap {
    val colors = colors(part.left, part.top, part.width(), part.height())
    val bitmap = createBitmap(part.width(), part.height())
    bitmap.setPixels(colors, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
    return bitmap
}
