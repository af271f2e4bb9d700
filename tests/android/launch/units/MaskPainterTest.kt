package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.DecodedContract
import vision.Numbers
import vision.SegmentTask
import vision.THE_MODEL
import vision.Thresholds
import vision.VisionResult
import vision.planLetterbox

private const val WIDTH = 200
private const val HEIGHT = 100

@RunWith(AndroidJUnit4::class)
class MaskPainterTest {
    private val plan = planLetterbox(WIDTH, HEIGHT, THE_MODEL.inputWidth, THE_MODEL.inputHeight)
    private val painter = MaskPainter()
    private val layer = PaintingLayer()

    @Test
    fun maskIsPaintedInThePicture() {
        val drawn = drawn(segmented(40, 20, 120, 80))
        assertEquals(0, drawn.getPixel(4, 104))
        assertEquals("half transparent", 128f, Color.alpha(drawn.getPixel(160, 200)).toFloat(), 4f)
        // The picture is shown twice as large, from y = 100 on: the mask from 80, 140 to 240, 260
        for ((x, y) in listOf(74 to 200, 246 to 200, 160 to 134, 160 to 266)) {
            assertEquals("$x, $y is outside", 0, drawn.getPixel(x, y))
        }
        val edge = (76..86).maxOf { Color.alpha(drawn.getPixel(it, 200)) }
        assertTrue("the contour's alpha is $edge", edge > 0xA0)
    }

    @Test
    fun mirroredMaskIsFlipped() {
        val drawn = drawn(segmented(0, 0, 40, 100), isMirrored = true)
        assertEquals(0, drawn.getPixel(40, 200))
        assertTrue(drawn.getPixel(360, 200) != 0)
    }

    @Test
    fun nextMasksReplaceTheLast() {
        painter.paint(segmented(0, 0, 40, 100))?.free()
        val drawn = drawn(segmented(160, 0, 200, 100))
        assertEquals(0, drawn.getPixel(40, 200))
        assertTrue(drawn.getPixel(360, 200) != 0)
    }

    @Test
    fun onlyMemoryThatWasGivenBackIsPaintedAgain() {
        val first = painter.paint(segmented(0, 0, 40, 100)) as PaintedPixels
        val bitmap = first.bitmap
        val second = painter.paint(segmented(0, 0, 40, 100)) as PaintedPixels
        assertTrue("it may be on the screen", second.bitmap !== bitmap)
        first.free()
        val third = painter.paint(segmented(160, 0, 200, 100)) as PaintedPixels
        assertTrue("its memory is used again", third.bitmap === bitmap)
    }

    @Test
    fun resultWithoutMasksPaintsNothing() {
        assertEquals(null, painter.paint(segmented(0, 0, 40, 100).filter { false }))
    }

    /** What a model with one prototype, 1 everywhere, finds: its box in pixels of the picture is all mask. */
    private fun segmented(x1: Int, y1: Int, x2: Int, y2: Int): VisionResult {
        val classes = THE_MODEL.classNames.size
        val info = THE_MODEL.copy(
            task = SegmentTask,
            contract = DecodedContract,
            strides = emptyList(),
            outputShapes = listOf(listOf(1, 4 + classes + 1, 1), listOf(1, 1, 8, 8)),
            maskCoefficients = 1
        )
        val candidate = FloatArray(4 + classes + 1)
        candidate[0] = (plan.left + (x1 + x2) / 2 * plan.gainX).toFloat()
        candidate[1] = (plan.top + (y1 + y2) / 2 * plan.gainY).toFloat()
        candidate[2] = ((x2 - x1) * plan.gainX).toFloat()
        candidate[3] = ((y2 - y1) * plan.gainY).toFloat()
        candidate[4] = 0.9f
        candidate[4 + classes] = 1f
        val outputs = arrayOf(Numbers(candidate), Numbers(FloatArray(64) { 1f }))
        return info.task.postprocessor(info, shownClasses = null).run(outputs, plan, Thresholds(0.5f, 0.7, 10))
    }

    private fun drawn(result: VisionResult, isMirrored: Boolean = false): Bitmap {
        val shown = PictureResult(
            result,
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source = 0,
            isMirrored,
            painter.paint(result)
        )
        val bitmap = createBitmap(400, 400)
        layer.draw(Canvas(bitmap), shown, PictureMapping(WIDTH, HEIGHT, isMirrored, viewWidth = 400, viewHeight = 400))
        return bitmap
    }
}
