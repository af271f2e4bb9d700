package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.text.TextPaint
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import java.util.Locale
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.ClassMap
import vision.ClassMapMemory
import vision.ClassShare
import vision.SemanticResult
import vision.THE_MODEL

private const val WIDTH = 200
private const val HEIGHT = 100

@RunWith(AndroidJUnit4::class)
class ClassMapPainterTest {
    private val names = listOf("road", "sky", "a very long name of a class that is nowhere but in this test")
    private val painter = ClassMapPainter()
    private val layer = PaintingLayer()
    private val legend = Legend(textSize = 12f, margin = 2f)

    @Test
    fun pixelHasTheColourOfItsClass() {
        val drawn = drawn(halves(0, 1))
        assertEquals(0, drawn.getPixel(200, 96)) // above the picture
        for ((x, classId) in listOf(60 to 0, 340 to 1)) {
            val color = drawn.getPixel(x, 110)
            assertEquals("half transparent", 140f, Color.alpha(color).toFloat(), 2f)
            assertEquals(Color.red(ClassColors.of(classId)).toFloat(), Color.red(color).toFloat(), 3f)
        }
    }

    @Test
    fun mirroredMapIsFlipped() {
        val drawn = drawn(halves(0, ClassMap.NO_CLASS.toInt()), isMirrored = true)
        assertEquals(0, drawn.getPixel(60, 110))
        assertTrue(drawn.getPixel(340, 110) != 0)
    }

    @Test
    fun selectedClassIsDrawnAlone() {
        val drawn = drawn(halves(0, 1, isOneClass = true))
        assertEquals(0, drawn.getPixel(60, 110))
        assertEquals(Color.red(ClassColors.of(0)).toFloat(), Color.red(drawn.getPixel(340, 110)).toFloat(), 3f)
        assertEquals(listOf("road", "50%"), legendOf(halves(0, 1, isOneClass = true)))
    }

    @Test
    fun nextResultReplacesTheLast() {
        painter.paint(halves(0, 1))?.free()
        assertEquals(0, drawn(halves(ClassMap.NO_CLASS.toInt(), 1)).getPixel(60, 110))
    }

    @Test
    fun hugePictureIsDrawnCoarser() {
        val map = ClassMap(5000, 2000, false, ClassMapMemory().apply { reserve(10_000_000) })
        map.values.fill(1, 0, 2500 * 2000) // the upper half
        val drawn = drawn(SemanticResult(5000, 2000, listOf(), map))
        assertTrue(drawn.getPixel(200, 150) != drawn.getPixel(200, 250))
        assertEquals(0, drawn.getPixel(200, 300))
    }

    @Test
    fun legendNamesTheClassesLargestFirst() {
        assertEquals(listOf("sky", "50%", "road", "<1%"), legendOf(listOf(1 to 0.5f, 0 to 0.004f)))
        assertEquals(emptyList<String>(), legendOf(listOf()))
        val (long, share) = legendOf(listOf(2 to 1f))
        assertEquals("100%", share)
        assertTrue(long, long.length > 5 && names[2].startsWith(long.dropLast(1)))
    }

    @Test
    fun legendFitsIntoThePicture() {
        val many = List(40) { ClassShare(it % 2, 0.02f) }
        val line = TextPaint().apply { textSize = 12f }.fontMetrics.run { descent - ascent } + 2f
        val room = ((60f - 2 * 2f) / line).toInt()
        assertTrue("$room", room in 2..5)
        assertEquals(2 * room, legendOf(SemanticResult(WIDTH, height = 30, many, map(false))).size) // 60 px
        assertEquals("never more than twelve", 24, legendOf(SemanticResult(WIDTH, height = 200, many, map(false))).size)
    }

    @Test
    fun percentIsWrittenInTheLanguagesForm() {
        val usual = Locale.getDefault()
        try {
            Locale.setDefault(Locale.GERMANY)
            val inGerman = Legend(textSize = 12f, margin = 2f)
            assertEquals(listOf("road", "50\u00a0%"), legendOf(halves(0, 1, isOneClass = true), inGerman))
        } finally {
            Locale.setDefault(usual)
        }
    }

    private fun legendOf(classes: List<Pair<Int, Float>>) =
        legendOf(SemanticResult(WIDTH, HEIGHT, classes.map { ClassShare(it.first, it.second) }, map(false)))

    private fun legendOf(result: SemanticResult, by: Legend = legend): List<String> {
        val recorder = Recorder(createBitmap(400, 400))
        by.draw(recorder, shown(result, isMirrored = false), mapping(result, isMirrored = false))
        return recorder.texts
    }

    /** The left half of the picture has one value, the right half another. */
    private fun halves(left: Int, right: Int, isOneClass: Boolean = false): SemanticResult {
        val map = map(isOneClass)
        for (i in 0 until WIDTH * HEIGHT) map.values[i] = (if (i % WIDTH < WIDTH / 2) left else right).toShort()
        val classes = listOf(left, right).filter { it >= 0 }.map { ClassShare(it, 0.5f) }
        return SemanticResult(WIDTH, HEIGHT, classes, map)
    }

    private fun map(isOneClass: Boolean) =
        ClassMap(WIDTH, HEIGHT, isOneClass, ClassMapMemory().apply { reserve(WIDTH * HEIGHT) })

    /** A picture of 200 x 100 is shown twice as large, from y = 100 on. */
    private fun mapping(result: SemanticResult, isMirrored: Boolean) =
        PictureMapping(result.width, result.height, isMirrored, viewWidth = 400, viewHeight = 400)

    private fun shown(result: SemanticResult, isMirrored: Boolean, painting: Painting? = null) = PictureResult(
        result,
        THE_MODEL.copy(classNames = names),
        StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
        source = 0,
        isMirrored,
        painting
    )

    private fun drawn(result: SemanticResult, isMirrored: Boolean = false): Bitmap = createBitmap(400, 400).also {
        layer.draw(Canvas(it), shown(result, isMirrored, painter.paint(result)), mapping(result, isMirrored))
    }

    private class Recorder(bitmap: Bitmap) : Canvas(bitmap) {
        val texts = mutableListOf<String>()

        override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
            texts += text
        }
    }
}
