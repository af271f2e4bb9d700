package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.Path
import android.graphics.RectF
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult

@RunWith(AndroidJUnit4::class)
class TrailLayerTest {
    private val first = Detection(0f, 0f, 9f, 9f, score = 0.9f, classId = 0, track = 1)

    @Test
    fun trailsAreDrawnInThePictureInTheirTracksColour() {
        val trails = listOf(floatArrayOf(10f, 20f, 30f, 50f, 20f, 40f), floatArrayOf(60f, 10f, 90f, 10f))
        val drawn = drawn(trails)
        assertEquals(listOf(RectF(120f, 120f, 180f, 120f), RectF(20f, 140f, 60f, 200f)), drawn.map { it.first })
        assertNotEquals(drawn[0].second, drawn[1].second)
        assertEquals(ClassColors.of(first), drawn[1].second)
    }

    @Test
    fun mirroredTrailsAreFlipped() {
        val drawn = drawn(listOf(floatArrayOf(10f, 20f, 30f, 20f), floatArrayOf()), isMirrored = true)
        assertEquals(listOf(RectF(340f, 140f, 380f, 140f)), drawn.map { it.first })
    }

    @Test
    fun unmovedObjectHasNoTrail() {
        assertEquals(emptyList<Any>(), drawn(listOf(floatArrayOf(10f, 20f), floatArrayOf())))
        assertEquals(emptyList<Any>(), drawn(emptyList()))
    }

    /** A picture of 200 x 100 is shown twice as large, from y = 100 on. */
    private fun drawn(trails: List<FloatArray>, isMirrored: Boolean = false): List<Pair<RectF, Int>> {
        val result = PictureResult(
            VisionResult.Boxes(200, 100, listOf(first, first.copy(track = 2))),
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source = 0,
            isMirrored,
            trails = trails
        )
        val canvas = Recorder(createBitmap(400, 400))
        TrailLayer(strokeWidth = 2f).draw(canvas, result, PictureMapping(200, 100, isMirrored, 400, 400))
        return canvas.drawn
    }

    private class Recorder(bitmap: Bitmap) : Canvas(bitmap) {
        val drawn = mutableListOf<Pair<RectF, Int>>()

        override fun drawPath(path: Path, paint: Paint) {
            val around = RectF()
            @Suppress("DEPRECATION") // before Android 15
            path.computeBounds(around, true)
            drawn += around to paint.color
        }
    }
}
