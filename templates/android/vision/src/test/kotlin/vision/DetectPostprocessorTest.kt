package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class DetectPostprocessorTest {
    private val plan =
        LetterboxPlan(853, 1280, 640, 640, resizedWidth = 426, resizedHeight = 640, left = 107, top = 0)

    // cx, cy, width, height, score of one candidate: as wide as the picture, and higher
    private val outputs = arrayOf(Numbers(floatArrayOf(plan.left + 213f, 320f, 426f, 650f, 0.6f)))
    private val postprocessor = DetectPostprocessor(Head(Contract.DECODED, classes = 1, candidates = 1))

    @Test
    fun `boxes are moved back by the plan's gain and clipped`() {
        val result = postprocessor.run(outputs, plan, Thresholds(0.25f, 0.7, 300))
        assertEquals(853, result.width)
        assertEquals(1280, result.height)
        val found = result.boxes.single()
        assertEquals(0f, found.x1, 1e-4f)
        assertEquals(853f, found.x2, 1e-3f)
        assertEquals(0f, found.y1, 0f)
        assertEquals(1280f, found.y2, 0f)
    }

    @Test
    fun `other thresholds need no inference`() {
        val few = postprocessor.run(outputs, plan, Thresholds(0.7f, 0.7, 300))
        val more = postprocessor.run(outputs, plan, Thresholds(0.5f, 0.7, 300))
        assertEquals(0, few.boxes.size)
        assertEquals(1, more.boxes.size)
        assertEquals(few.boxes, postprocessor.run(outputs, plan, Thresholds(0.7f, 0.7, 300)).boxes)
    }

    @Test
    fun `a summary counts classes in the order of their best score`() {
        val names = listOf("bowl", "broccoli", "orange")
        assertEquals("2 bowl, 3 orange, 1 broccoli", summary(boxes(0, 2, 0, 1, 2, 2), names))
        assertEquals("", summary(boxes(), names))
    }

    /** Best first. */
    private fun boxes(vararg classes: Int) =
        classes.mapIndexed { i, classId -> Detection(0f, 0f, 1f, 1f, 0.9f - 0.1f * i, classId) }
}
