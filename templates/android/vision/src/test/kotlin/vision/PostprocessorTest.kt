package vision

import org.junit.Assert.assertEquals
import org.junit.Assert.assertSame
import org.junit.Test

class PostprocessorTest {
    @Test
    fun `boxes go back by the rounded size and are clipped`() {
        val plan = LetterboxPlan(853, 1280, 640, 640) // 426 wide, 107 left
        // cx, cy, width, height, score of one candidate: as wide as the picture, and higher
        val output = floatArrayOf(plan.left + 213f, 320f, 426f, 650f, 0.9f)
        val found = Postprocessor(Head.Decoded(1, 1)).run(arrayOf(output), plan, Thresholds())
        assertEquals(1, found.size)
        assertEquals(0f, found.x1[0], 1e-4f)
        assertEquals(853f, found.x2[0], 1e-3f)
        assertEquals(0f, found.y1[0], 0f)
        assertEquals(1280f, found.y2[0], 0f)
    }

    @Test
    fun `a copy of detections is a copy`() {
        val found = detections(0, 1)
        val copy = Detections().apply { copyFrom(found) }
        found.clear()
        assertEquals(listOf(0, 1), copy.classId.take(copy.size))
        copy.copyFrom(found)
        assertEquals(0, copy.size)
    }

    @Test
    fun `a summary counts classes in the order of their best score`() {
        val names = arrayOf("bowl", "broccoli", "orange")
        assertEquals("2 bowl, 3 orange, 1 broccoli", summary(detections(0, 2, 0, 1, 2, 2), names))
        assertEquals("", summary(detections(), names))
    }

    @Test
    fun `a summary is made anew only when it changes`() {
        val all = Summary(arrayOf("bowl", "orange"))
        val said = all.of(detections(0, 1, 1))
        assertSame(said, all.of(detections(0, 1, 1)))
        assertEquals("1 bowl, 1 orange", all.of(detections(0, 1)))
        assertEquals("2 orange", all.of(detections(1, 1)))
    }

    /** Best first. */
    private fun detections(vararg classes: Int): Detections {
        val found = Detections()
        for ((i, classId) in classes.withIndex()) found.add(0f, 0f, 1f, 1f, 0.9f - 0.1f * i, classId)
        return found
    }
}
