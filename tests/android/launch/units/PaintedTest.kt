package org.example.shapes

import android.graphics.Canvas
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.Detected
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult

@RunWith(AndroidJUnit4::class)
class PaintedTest {
    private val box = Detection(x1 = 0f, y1 = 0f, x2 = 1f, y2 = 1f, score = 1f, classId = 0)
    private val result = VisionResult.Boxes(width = 1, height = 1, boxes = listOf(box))
    private val detected = Detected(
        result,
        THE_MODEL,
        StageTimes(letterbox = 1, model = 2, postprocess = 3, finishedAt = System.nanoTime())
    )

    @Test
    fun paintingWithoutMemoryIsLeftOut() {
        val processed = Processed(result, text = "hello")
        val shown = detected.painted(processed, source = 4, isMirrored = true) { throw OutOfMemoryError() }
        assertTrue(shown.isUnpainted)
        assertNull(shown.painting)
        assertSame(result, shown.result)
        assertEquals("hello", shown.text)
    }

    @Test
    fun paintingTimeIsReported() {
        val shown = detected.painted(Processed(result), source = 4, isMirrored = true) {
            Thread.sleep(MILLIS)
            Nothing
        }
        assertFalse(shown.isUnpainted)
        assertSame(Nothing, shown.painting)
        assertEquals(listOf(1L, 2L), listOf(shown.times.letterbox, shown.times.model))
        assertTrue("${shown.times.postprocess} ns", shown.times.postprocess >= MILLIS * 1_000_000)
        assertTrue("it is done later", shown.times.finishedAt >= detected.times.finishedAt + MILLIS * 1_000_000)
    }

    private object Nothing : Painting {
        override fun draw(canvas: Canvas, mapping: PictureMapping) = Unit

        override fun free() = Unit
    }

    private companion object {
        const val MILLIS = 20L
    }
}
