package org.example.shapes

import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.RectF
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.THE_MODEL
import vision.VisionResult

/** A picture of 200 x 100 is shown twice as large, from y = 100 to 300. */
@RunWith(AndroidJUnit4::class)
class CountLayerTest {
    private val bitmap = createBitmap(400, 400)

    @Test
    fun lineEndsAtThePicturesEdge() {
        drawn(CountLine(x1 = 0.25f, y1 = 2f, x2 = 0.25f, y2 = -1f))
        val column = (0 until 400).map { bitmap.getPixel(100, it) }
        assertEquals(List(200) { Color.WHITE }, column.subList(100, 300))
        assertEquals(setOf(Color.TRANSPARENT), (column.take(100) + column.takeLast(100)).toSet())
    }

    @Test
    fun countsAreBesideTheMiddleOfTheLine() {
        val upright = drawn(CountLine(x1 = 0.25f, y1 = 1f, x2 = 0.25f, y2 = 0f))
        assertEquals(listOf("3", "1"), upright.map { it.first })
        assertEquals(listOf(115f, 85f), upright.map { it.second })
        val mirrored = drawn(CountLine(x1 = 0.25f, y1 = 1f, x2 = 0.25f, y2 = 0f), isMirrored = true)
        assertEquals(listOf(285f, 315f), mirrored.map { it.second })
    }

    @Test
    fun countsAreUnderNoControl() {
        val edge = drawn(CountLine(x1 = 0f, y1 = 1f, x2 = 0f, y2 = 0f), RectF(20f, 100f, 400f, 300f))
        for ((text, x) in edge) assertTrue("$text at $x", x >= 29f)
        val narrow = drawn(CountLine(x1 = 0f, y1 = 1f, x2 = 0f, y2 = 0f), RectF(20f, 100f, 25f, 300f))
        assertEquals("as near as can be, and beside each other", listOf(59f, 29f), narrow.map { it.second })
    }

    private fun drawn(
        line: CountLine,
        uncovered: RectF? = null,
        isMirrored: Boolean = false
    ): List<Pair<String, Float>> {
        val result = PictureResult(
            VisionResult.Boxes(200, 100, emptyList()),
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source = 0,
            isMirrored,
            count = LineCount(line, inCount = 3, outCount = 1)
        )
        val numbers = mutableListOf<Pair<String, Float>>()
        val canvas = object : Canvas(bitmap) {
            override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
                numbers += text to x
            }

            override fun drawCircle(x: Float, y: Float, radius: Float, paint: Paint) = Unit
        }
        val mapping = PictureMapping(200, 100, isMirrored, viewWidth = 400, viewHeight = 400, uncovered = uncovered)
        CountLayer(textSize = 10f, strokeWidth = 4f).draw(canvas, result, mapping)
        return numbers
    }
}
