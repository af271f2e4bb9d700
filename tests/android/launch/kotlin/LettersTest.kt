package launch

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.Rect
import edgegen.StageTimes
import org.example.shapes.ClassLayer
import org.example.shapes.CountLayer
import org.example.shapes.CountLine
import org.example.shapes.DepthLayer
import org.example.shapes.LabelLayer
import org.example.shapes.Layer
import org.example.shapes.Legend
import org.example.shapes.LineCount
import org.example.shapes.PictureMapping
import org.example.shapes.PictureResult
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import vision.ClassScore
import vision.ClassifyResult
import vision.DenseMap
import vision.DepthPostprocessor
import vision.Detection
import vision.Numbers
import vision.SemanticPostprocessor
import vision.THE_MODEL
import vision.Thresholds
import vision.VisionResult
import vision.planLetterbox

/** Tests of the contrast of letters drawn over the picture, for pictures of any colour. */
@RunWith(RobolectricTestRunner::class)
class LettersTest {
    private val noThresholds = Thresholds(confidence = 0f, iou = 0.0, maxDetections = 0)
    private val plan = planLetterbox(SIDE, SIDE, SIDE, SIDE)

    @Test
    fun labelsHaveEnoughContrast() = measure(
        LabelLayer(TEXT, MARGIN),
        VisionResult.Boxes(SIDE, SIDE, List(CLASSES) { Detection(20f, 40f + 60 * it, 90f, 90f + 60 * it, 0.9f, it) })
    )

    @Test
    fun countsHaveEnoughContrast() = measure(
        CountLayer(TEXT, MARGIN),
        VisionResult.Boxes(SIDE, SIDE, emptyList()),
        LineCount(CountLine(0.5f, 0f, 0.5f, 1f), inCount = 12, outCount = 3)
    )

    @Test
    fun classesHaveEnoughContrast() =
        measure(ClassLayer(TEXT, MARGIN), ClassifyResult(SIDE, SIDE, List(3) { ClassScore(it, 0.5f - it / 8f) }))

    @Test
    fun legendHasEnoughContrast() {
        val maps = DenseMap(CLASSES, SIDE, SIDE, SIDE, SIDE, corners = false)
        val outputs = arrayOf(Numbers(FloatArray(CLASSES * SIDE * SIDE) { i -> (i % 97 - 48) / 10f }))
        measure(Legend(TEXT, MARGIN), SemanticPostprocessor(maps, CLASSES).run(outputs, plan, noThresholds))
    }

    @Test
    fun depthScaleAndProbeHaveEnoughContrast() {
        val maps = DenseMap(count = 1, SIDE, SIDE, SIDE, SIDE, corners = true)
        val outputs = arrayOf(Numbers(FloatArray(SIDE * SIDE) { i -> 1 + i % SIDE / 100f }))
        val layer = DepthLayer(TEXT, MARGIN).apply { place = DepthLayer.Place(0.5f, 0.5f) }
        measure(layer, DepthPostprocessor(maps).run(outputs, plan, noThresholds))
    }

    /** Measures over a white, a black and a grey picture. */
    private fun measure(layer: Layer, result: VisionResult, count: LineCount? = null) {
        val times = StageTimes(0, 0, 0, 0)
        val shown = PictureResult(result, THE_MODEL, times, source = 0, isMirrored = false, count = count)
        for (color in listOf(Color.WHITE, Color.BLACK, Color.GRAY)) {
            val canvas = Measuring(Bitmap.createBitmap(SIDE, SIDE, Bitmap.Config.ARGB_8888), color)
            layer.draw(canvas, shown, PictureMapping(SIDE, SIDE, isMirrored = false))
            assertTrue("there are letters", canvas.texts > 0)
            assertTrue("a contrast of ${canvas.least}", canvas.least >= ReadableTest.LEAST_CONTRAST)
        }
    }

    /** Measures the contrast with the pixels behind letters before it draws them. */
    private class Measuring(private val bitmap: Bitmap, color: Int) : Canvas(bitmap) {
        var least = Double.MAX_VALUE
        var texts = 0

        init {
            bitmap.eraseColor(color)
        }

        override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
            val place = Rect().also { paint.getTextBounds(text, 0, text.length, it) }
            val start = if (paint.textAlign == Paint.Align.CENTER) x - place.width() / 2f else x
            place.offset(start.toInt(), y.toInt())
            assertTrue("'$text' is on the screen", place.intersect(0, 0, SIDE, SIDE))
            for (row in place.top until place.bottom) {
                for (column in place.left until place.right) {
                    least = minOf(least, ReadableTest.contrast(paint.color, bitmap.getPixel(column, row)))
                }
            }
            texts++
            super.drawText(text, x, y, paint)
        }
    }

    private companion object {
        const val SIDE = 320
        const val CLASSES = 3
        const val TEXT = 14f
        const val MARGIN = 2f
    }
}
