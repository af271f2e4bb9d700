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
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection
import vision.ObbResult
import vision.RotatedBox
import vision.THE_MODEL
import vision.VisionResult

@RunWith(AndroidJUnit4::class)
class RotatedBoxLayerTest {
    @Test
    fun orientedBoxIsDrawnAtItsAngle() {
        val quarterTurn = (Math.PI / 2).toFloat()
        val bounds = drawn(RotatedBox(50f, 50f, 40f, 20f, 0f), RotatedBox(100f, 50f, 40f, 20f, quarterTurn))
        assertEquals(RectF(180f, 160f, 220f, 240f), bounds.first().rounded()) // the best one last
        assertEquals(RectF(60f, 180f, 140f, 220f), bounds.last().rounded())
    }

    @Test
    fun labelIsAtTheHighestCorner() {
        val eighthTurn = (Math.PI / 4).toFloat()
        val side = Math.sqrt(2.0).toFloat() * 10 // of a square that stands on a corner, 10 pixels from its centre
        val result = found(RotatedBox(20f, 50f, 20f, 10f, 0f), RotatedBox(150f, 50f, side, side, eighthTurn))
        val place = RectF()
        UpperCorner().of(result, 0, mapping(isMirrored = false), place)
        assertEquals(190f, place.top, 0.01f)
        UpperCorner().of(result, 1, mapping(isMirrored = false), place)
        assertEquals(RectF(300f, 180f, 300f, 180f), place.rounded())
        UpperCorner().of(result, 1, mapping(isMirrored = true), place)
        assertEquals(RectF(100f, 180f, 100f, 180f), place.rounded())
    }

    @Test
    fun uprightBoxOfAProcessorHasItsLabelAtTheBox() {
        val upright = VisionResult.Boxes(200, 100, listOf(Detection(10f, 20f, 30f, 40f, score = 0.9f, classId = 0)))
        val place = RectF()
        UpperCorner().of(upright, 0, mapping(isMirrored = false), place)
        assertEquals(RectF(20f, 140f, 60f, 180f), place.rounded())
    }

    private fun found(vararg boxes: RotatedBox): ObbResult {
        val around = boxes.map { Detection(0f, 0f, 1f, 1f, score = 0.9f, classId = 0) }
        return ObbResult(width = 200, height = 100, around, boxes.toList())
    }

    /** A picture of 200 x 100 is shown twice as large, from y = 100 on. */
    private fun mapping(isMirrored: Boolean) = PictureMapping(200, 100, isMirrored, viewWidth = 400, viewHeight = 400)

    private fun drawn(vararg boxes: RotatedBox): List<RectF> {
        val result = PictureResult(
            found(*boxes),
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source = 0,
            isMirrored = false
        )
        val canvas = Recorder(createBitmap(400, 400))
        RotatedBoxLayer(strokeWidth = 2f).draw(canvas, result, mapping(isMirrored = false))
        return canvas.bounds
    }

    private fun RectF.rounded() =
        RectF(Math.round(left) + 0f, Math.round(top) + 0f, Math.round(right) + 0f, Math.round(bottom) + 0f)

    private class Recorder(bitmap: Bitmap) : Canvas(bitmap) {
        val bounds = mutableListOf<RectF>()

        override fun drawPath(path: Path, paint: Paint) {
            val around = RectF()
            @Suppress("DEPRECATION") // before Android 15
            path.computeBounds(around, true)
            bounds += around
        }
    }
}
