// Records what an app draws over a picture: the positions of its drawing calls, and the pixels of its bitmaps.
package edgegen.driver

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Matrix
import android.graphics.Paint
import android.graphics.Path
import android.graphics.Rect
import android.graphics.RectF
import android.view.View
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.zip.GZIPOutputStream
import org.json.JSONArray
import org.json.JSONObject

private const val EXACT = 0.5f // pixels: the largest error of an approximated path
private const val NUMBERS = 3 // values of a point: fraction of the path, x, y

/**
 * Records outlines and points, and draws only bitmaps into the [bitmap]. The app draws each point and each shape twice, its
 * dark rim first.
 */
class Drawing private constructor(private val bitmap: Bitmap) : Canvas(bitmap) {
    private val boxes = mutableListOf<FloatArray>()
    private val points = mutableListOf<FloatArray>()
    private val shapes = mutableListOf<FloatArray>()
    private var isPainted = false

    override fun drawRect(left: Float, top: Float, right: Float, bottom: Float, paint: Paint) {
        if (paint.style == Paint.Style.STROKE) boxes += floatArrayOf(left, top, right, bottom)
    }

    override fun drawCircle(x: Float, y: Float, radius: Float, paint: Paint) {
        points += floatArrayOf(x, y)
    }

    override fun drawPath(path: Path, paint: Paint) {
        val found = path.approximate(EXACT)
        val ends = found.size / NUMBERS - 1 // the last point equals the first
        shapes += FloatArray(2 * ends) { found[it / 2 * NUMBERS + 1 + it % 2] }
    }

    override fun drawBitmap(bitmap: Bitmap, matrix: Matrix, paint: Paint?) {
        isPainted = true
        super.drawBitmap(bitmap, matrix, paint)
    }

    override fun drawBitmap(bitmap: Bitmap, from: Rect?, to: RectF, paint: Paint?) = Unit

    override fun drawLine(x: Float, y: Float, toX: Float, toY: Float, paint: Paint) = Unit

    override fun drawText(text: String, x: Float, y: Float, paint: Paint) = Unit

    override fun drawRoundRect(l: Float, t: Float, r: Float, b: Float, across: Float, down: Float, paint: Paint) = Unit

    private fun json(drawn: List<FloatArray>, each: Int = 1) =
        JSONArray(drawn.filterIndexed { i, _ -> (i + 1) % each == 0 }.map { JSONArray(it.map(Float::toDouble)) })

    /** Returns the record. If something is painted, writes the pixels to [file], row by row, as 0xAARRGGBB. */
    private fun answer(file: File): JSONObject {
        if (isPainted) {
            val colors = IntArray(width * height)
            bitmap.getPixels(colors, 0, width, 0, 0, width, height)
            val bytes = ByteBuffer.allocate(colors.size * Int.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
            bytes.asIntBuffer().put(colors)
            GZIPOutputStream(file.outputStream()).use { it.write(bytes.array()) }
        }
        return JSONObject().put("width", width).put("height", height).put("pixels", file.path)
            .put("boxes", json(boxes)).put("points", json(points, each = 2)).put("shapes", json(shapes, each = 2))
    }

    companion object {
        fun of(overlay: View, file: File): JSONObject {
            val drawing = Drawing(Bitmap.createBitmap(overlay.width, overlay.height, Bitmap.Config.ARGB_8888))
            overlay.draw(drawing)
            return drawing.answer(file)
        }
    }
}
