package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection
import vision.Keypoints
import vision.PoseResult
import vision.THE_MODEL

@RunWith(AndroidJUnit4::class)
class KeypointLayerTest {
    private val model = THE_MODEL.copy(keypoints = 3, skeleton = listOf(0 to 1, 1 to 2))
    private val layer = KeypointLayer(lineWidth = 2f)

    @Test
    fun keypointsAreDrawnInThePicture() {
        val drawn = drawn(10f, 20f, 0.9f, 30f, 40f, 0.8f, 50f, 60f, 0.7f)
        assertEquals(setOf(20f to 140f, 60f to 180f, 100f to 220f), drawn.points.toSet())
        assertEquals(setOf(listOf(20f, 140f, 60f, 180f), listOf(60f, 180f, 100f, 220f)), drawn.limbs.toSet())
        assertEquals("a rim below each line", listOf(4f, 2f, 4f, 2f), drawn.widths)
    }

    @Test
    fun mirroredKeypointsAreFlipped() {
        val drawn = drawn(10f, 20f, 0.9f, 30f, 40f, 0.8f, 50f, 60f, 0.1f, isMirrored = true)
        assertEquals(setOf(380f to 140f, 340f to 180f), drawn.points.toSet())
    }

    @Test
    fun hiddenKeypointIsNotDrawnNorItsLimbs() {
        val drawn = drawn(10f, 20f, 0.9f, 30f, 40f, Appearance.LEAST_VISIBLE - 0.01f, 50f, 60f, 0.9f)
        assertEquals(setOf(20f to 140f, 100f to 220f), drawn.points.toSet())
        assertTrue(drawn.limbs.isEmpty())
        val justSeen = drawn(10f, 20f, 0.9f, 30f, 40f, Appearance.LEAST_VISIBLE, 50f, 60f, 0.9f)
        assertEquals(3, justSeen.points.toSet().size)
    }

    /** A picture of 200 x 100 is shown twice as large, from y = 100 on. */
    private fun drawn(vararg values: Float, isMirrored: Boolean = false): Recorder {
        val box = Detection(0f, 0f, 90f, 90f, score = 0.9f, classId = 0)
        val result = PictureResult(
            PoseResult(width = 200, height = 100, listOf(box), listOf(Keypoints(values))),
            model,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source = 0,
            isMirrored
        )
        return Recorder(createBitmap(400, 400)).also {
            layer.draw(it, result, PictureMapping(200, 100, isMirrored, viewWidth = 400, viewHeight = 400))
        }
    }

    private class Recorder(bitmap: Bitmap) : Canvas(bitmap) {
        val points = mutableListOf<Pair<Float, Float>>()
        val limbs = mutableListOf<List<Float>>()
        val widths = mutableListOf<Float>()

        override fun drawCircle(cx: Float, cy: Float, radius: Float, paint: Paint) {
            points += cx to cy
        }

        override fun drawLine(startX: Float, startY: Float, stopX: Float, stopY: Float, paint: Paint) {
            limbs += listOf(startX, startY, stopX, stopY)
            widths += paint.strokeWidth
        }
    }
}
