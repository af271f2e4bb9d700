package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.DepthMap
import vision.DepthMapMemory
import vision.DepthResult
import vision.THE_MODEL

private const val WIDTH = 200
private const val HEIGHT = 100

@RunWith(AndroidJUnit4::class)
class DepthLayerTest {
    private val painter = DepthPainter()
    private val layer = DepthLayer(textSize = 12f, margin = 2f)

    @Test
    fun nearestIsDarkAndFarthestBright() {
        val drawn = drawn(ramp())
        assertEquals(0, drawn.getPixel(200, 96)) // above the picture
        assertColor(0xFF440154.toInt(), drawn.getPixel(1, 110))
        assertColor(0xFF21918C.toInt(), drawn.getPixel(200, 110))
        assertColor(0xFFFDE725.toInt(), drawn.getPixel(398, 110))
    }

    @Test
    fun mirroredMapIsFlipped() = assertColor(0xFFFDE725.toInt(), drawn(ramp(), isMirrored = true).getPixel(1, 110))

    @Test
    fun unknownDistanceIsNotDrawn() {
        for (unknown in listOf(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY)) {
            val result = ramp()
            result.map.values.fill(unknown)
            assertEquals(0, drawn(result).getPixel(398, 110))
        }
    }

    @Test
    fun mapWithoutDistancesHasNoScale() {
        val result = ramp().copy(lowest = Float.NaN, highest = Float.NaN)
        result.map.values.fill(Float.NaN)
        assertEquals(emptyList<String>(), texts(result))
        assertEquals(0, drawn(result).getPixel(200, 298))
    }

    @Test
    fun farthestIsBrightDespiteRounding() {
        val lowest = 1.9486247f
        val highest = 120.8128f
        val gain = DistanceColors.gainOf(lowest, highest)
        assertTrue("these numbers were chosen for that", (highest - lowest) * gain > 255f)
        assertColor(0xFFFDE725.toInt(), DistanceColors.of(highest, lowest, gain))
        assertColor(0xFF440154.toInt(), DistanceColors.of(lowest, lowest, gain))
    }

    @Test
    fun distanceBeyondAnEndHasItsColour() {
        val narrow = drawn(ramp().copy(lowest = 0.5f, highest = 1.5f))
        assertColor(0xFF440154.toInt(), narrow.getPixel(1, 110))
        assertColor(0xFF21918C.toInt(), narrow.getPixel(200, 110))
        assertColor(0xFFFDE725.toInt(), narrow.getPixel(398, 110))
    }

    @Test
    fun equalDistancesAreDark() {
        assertColor(0xFF440154.toInt(), drawn(ramp().copy(lowest = 3f, highest = 3f)).getPixel(200, 110))
    }

    @Test
    fun nextResultReplacesTheLast() {
        painter.paint(ramp())?.free()
        val next = ramp()
        next.map.values.fill(0f)
        assertColor(0xFF440154.toInt(), drawn(next).getPixel(398, 110))
    }

    @Test
    fun scaleNamesBothEnds() = assertEquals(listOf("0.00", "1.99"), texts(ramp()))

    @Test
    fun tapShowsTheDistance() {
        layer.place = DepthLayer.Place(x = 0.5f, y = 0.25f)
        assertEquals(listOf("0.00", "1.99", "1.00"), texts(ramp()))
        layer.place = DepthLayer.Place(x = 1f, y = 1f)
        assertEquals("1.99", texts(ramp()).last())
        val halved = ramp()
        for (i in 0 until WIDTH * HEIGHT) halved.map.values[i] /= 2
        assertEquals("of the next result", "1.00", texts(halved).last()) // 0.995
        val unknown = ramp()
        unknown.map.values.fill(Float.POSITIVE_INFINITY)
        assertEquals("\u2013", texts(unknown).last())
    }

    @Test
    fun tappedPlaceIsMappedToThePicture() {
        fun at(x: Float, y: Float, isMirrored: Boolean = false) = DepthLayer.Place.at(
            x,
            y,
            ramp(),
            PictureMapping(WIDTH, HEIGHT, isMirrored, viewWidth = 400, viewHeight = 400)
        )?.run { listOf(this.x, this.y, distanceIn(ramp())) }
        assertEquals(listOf(0.75f, 0.25f, 1.5f), at(300f, 150f))
        assertEquals(listOf(0.25f, 0.25f, 0.5f), at(300f, 150f, isMirrored = true))
        assertEquals(listOf(0f, 1f, 0f), at(0f, 300f))
        assertEquals(listOf(0f, 0f, 0f), at(400f, 100f, isMirrored = true))
        assertEquals("above the picture", null, at(300f, 99f))
        assertEquals("below it", null, at(300f, 301f))
    }

    private fun assertColor(expected: Int, found: Int) {
        val parts = listOf(Color::alpha, Color::red, Color::green, Color::blue)
        val apart = parts.maxOf { Math.abs(it(expected) - it(found)) }
        assertTrue("%08X, expected %08X".format(found, expected), apart <= 5)
    }

    /** From left to right 0 to 1.99. */
    private fun ramp(): DepthResult {
        val memory = DepthMapMemory().apply { reserve(WIDTH * HEIGHT) }
        for (i in 0 until WIDTH * HEIGHT) memory.values[i] = i % WIDTH / 100f
        return DepthResult(WIDTH, HEIGHT, lowest = 0f, highest = 1.99f, DepthMap(WIDTH, HEIGHT, memory))
    }

    private fun texts(result: DepthResult) = Recorder(createBitmap(400, 400)).also { draw(it, result) }.texts

    private fun drawn(result: DepthResult, isMirrored: Boolean = false): Bitmap =
        createBitmap(400, 400).also { draw(Canvas(it), result, isMirrored) }

    /** A picture of 200 x 100 is shown twice as large, from y = 100 on. */
    private fun draw(canvas: Canvas, result: DepthResult, isMirrored: Boolean = false) {
        val shown = PictureResult(
            result,
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source = 0,
            isMirrored,
            painter.paint(result)
        )
        layer.draw(canvas, shown, PictureMapping(WIDTH, HEIGHT, isMirrored, viewWidth = 400, viewHeight = 400))
    }

    private class Recorder(bitmap: Bitmap) : Canvas(bitmap) {
        val texts = mutableListOf<String>()

        override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
            texts += text
        }
    }
}
