package org.example.shapes

import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection
import vision.PixelView
import vision.THE_MODEL
import vision.VisionResult

/** What was touched in one frame is looked for in the next. */
@RunWith(AndroidJUnit4::class)
class LastFrameTest {
    private val touched = Detection(x1 = 2f, y1 = 2f, x2 = 8f, y2 = 8f, score = 0.9f, classId = 1)
    private val moved = touched.copy(x1 = 4f, x2 = 10f, score = 0.8f)
    private val elsewhere = touched.copy(x1 = 20f, x2 = 26f)

    @Test
    fun touchedObjectIsFoundAfterItMoved() {
        val frame = frame(elsewhere, touched.copy(classId = 0), moved)
        assertEquals(moved, frame.details(touched, SOURCE)?.box)
        assertNull("another camera", frame.details(touched, SOURCE + 1))
    }

    @Test
    fun goneObjectIsNotTakenForAnotherOfItsClass() {
        assertNull(frame(elsewhere, touched.copy(classId = 0)).details(touched, SOURCE))
    }

    @Test
    fun trackedObjectIsFoundByItsId() {
        val far = elsewhere.copy(track = 7, classId = 0)
        val frame = frame(moved.copy(track = 3), far)
        assertEquals(far, frame.details(touched.copy(track = 7), SOURCE)?.box)
        assertNull(frame.details(touched.copy(track = 8), SOURCE))
    }

    private fun frame(vararg boxes: Detection): LastFrame {
        val pixels = ByteBuffer.allocateDirect(4 * SIDE * SIDE)
        val view = PixelView(pixels, SIDE, SIDE, 4 * SIDE)
        val result = PictureResult(
            VisionResult.Boxes(SIDE, SIDE, boxes.toList()),
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            SOURCE,
            isMirrored = false
        )
        return LastFrame().apply { save(view, result) }
    }

    private companion object {
        const val SIDE = 32
        const val SOURCE = 5
    }
}
