package org.example.shapes

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.RectF
import android.view.View.MeasureSpec
import androidx.core.graphics.createBitmap
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult

private const val WIDTH = 400
private const val HEIGHT = 800

@RunWith(AndroidJUnit4::class)
class OverlayViewTest {
    private val overlay = OverlayView(ApplicationProvider.getApplicationContext<Context>()).apply {
        measure(
            MeasureSpec.makeMeasureSpec(WIDTH, MeasureSpec.EXACTLY),
            MeasureSpec.makeMeasureSpec(HEIGHT, MeasureSpec.EXACTLY)
        )
        layout(0, 0, WIDTH, HEIGHT)
    }
    private val name = THE_MODEL.classNames[0]

    @Test
    fun boxIsDrawnInThePicture() {
        overlay.show(result { add(10f, 20f, 60f, 70f, 0.876f, 0) })
        val drawn = drawn()
        assertEquals(listOf(RectF(20f, 340f, 120f, 440f)), drawn.boxes)
        assertEquals(1, drawn.texts.size)
        assertTrue(drawn.texts.single(), drawn.texts.single().endsWith(" 0.88"))
    }

    @Test
    fun mirroredBoxIsFlipped() {
        overlay.show(result(isMirrored = true) { add(10f, 20f, 60f, 70f, 0.5f, 0) })
        assertEquals(listOf(RectF(280f, 340f, 380f, 440f)), drawn().boxes)
    }

    @Test
    fun overlayDescribesItsResult() {
        assertEquals("", overlay.contentDescription.toString())
        overlay.show(
            result {
                add(0f, 0f, 9f, 9f, 0.9f, 0)
                add(0f, 0f, 9f, 9f, 0.8f, 0)
            }
        )
        assertEquals("2 $name", overlay.contentDescription.toString())
        overlay.show(null)
        assertEquals("", overlay.contentDescription.toString())
        assertEquals(0, drawn().boxes.size)
    }

    @Test
    fun overlayDescribesTheLineCounts() {
        val count = LineCount(CountLine(x1 = 0f, y1 = 0f, x2 = 1f, y2 = 1f), inCount = 2, outCount = 1)
        val said = overlay.resources.getString(R.string.line_counts, "2", "1")
        overlay.show(result {}.copy(count = count))
        assertEquals(said, overlay.contentDescription.toString())
        overlay.show(result(source = 1) { add(0f, 0f, 9f, 9f, 0.9f, 0) }.copy(count = count))
        assertEquals("1 $name, $said", overlay.contentDescription.toString())
    }

    @Test
    fun otherPictureIsDescribedAtOnce() {
        overlay.show(result { add(0f, 0f, 9f, 9f, 0.9f, 0) })
        overlay.show(result(source = 1) { repeat(2) { add(0f, 0f, 9f, 9f, 0.9f, 0) } })
        assertEquals("2 $name", overlay.contentDescription.toString())
        overlay.show(result(source = 1) { repeat(3) { add(0f, 0f, 9f, 9f, 0.9f, 0) } })
        assertEquals("a flicker, perhaps", "2 $name", overlay.contentDescription.toString())
        val asked = overlay.createAccessibilityNodeInfo()
        assertEquals("but who asks is told", "3 $name", asked.contentDescription.toString())
    }

    @Test
    fun labelsStayInThePicture() {
        overlay.show(
            result {
                add(0f, 0f, 4f, 4f, 0.9f, 0)
                add(196f, 96f, 200f, 100f, 0.9f, THE_MODEL.classNames.size - 1)
            }
        )
        for (label in drawn().labels) assertTrue("$label", RectF(0f, 300f, 400f, 500f).contains(label))
    }

    @Test
    fun labelsOfAFullScreenPictureAreUnderNoControl() {
        overlay.frame(fills = true, Zoom.NONE)
        overlay.uncovered = RectF(0f, 100f, 380f, 600f)
        overlay.show(
            result {
                add(80f, 0f, 84f, 20f, 0.9f, 0)
                add(118f, 60f, 124f, 80f, 0.9f, 0)
                add(100f, 90f, 110f, 100f, 0.9f, 0)
                add(10f, 40f, 60f, 60f, 0.9f, 0)
            }
        )
        val drawn = drawn()
        assertEquals(RectF(344f, 480f, 392f, 640f), drawn.boxes[2]) // the best lies on top
        assertEquals("one is under a control, one is not to be seen", 2, drawn.labels.size)
        for (label in drawn.labels) assertTrue("$label", RectF(0f, 100f, 380f, 600f).contains(label))
    }

    @Test
    fun lineWithoutRoomIsLeftOut() {
        overlay.uncovered = RectF(0f, 300f, 400f, 303f)
        overlay.show(result { add(10f, 40f, 60f, 60f, 0.9f, 0) })
        assertEquals(1, drawn().boxes.size)
        assertEquals(0, drawn().labels.size)
    }

    @Test
    fun crowdIsDrawnInFullWithSomeLabels() {
        overlay.show(result { repeat(300) { add(10f, 10f, 50f, 50f, 0.9f, 0) } })
        val drawn = drawn()
        assertEquals(300, drawn.boxes.size)
        assertTrue("${drawn.texts.size} labels", drawn.texts.size in 1..4)
    }

    /** A picture of 200 x 100 is shown twice as large, from y = 300 to 500. */
    private fun result(isMirrored: Boolean = false, source: Int = 0, fill: MutableList<Detection>.() -> Unit) =
        PictureResult(
            VisionResult.Boxes(width = 200, height = 100, boxes = buildList(fill)),
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source,
            isMirrored
        )

    private fun MutableList<Detection>.add(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classId: Int) =
        add(Detection(x1, y1, x2, y2, score, classId))

    private fun drawn() = Recorder(createBitmap(WIDTH, HEIGHT)).also(overlay::draw)

    private class Recorder(bitmap: Bitmap) : Canvas(bitmap) {
        val boxes = mutableListOf<RectF>()
        val labels = mutableListOf<RectF>()
        val texts = mutableListOf<String>()

        override fun drawRect(left: Float, top: Float, right: Float, bottom: Float, paint: Paint) {
            boxes += RectF(left, top, right, bottom)
            super.drawRect(left, top, right, bottom, paint)
        }

        override fun drawRoundRect(
            left: Float,
            top: Float,
            right: Float,
            bottom: Float,
            rx: Float,
            ry: Float,
            paint: Paint
        ) {
            if (paint.style == Paint.Style.FILL) labels += RectF(left, top, right, bottom)
            super.drawRoundRect(left, top, right, bottom, rx, ry, paint)
        }

        override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
            texts += text
            super.drawText(text, x, y, paint)
        }
    }
}
