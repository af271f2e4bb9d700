package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class DetectPostprocessorTest {
    private val plan =
        LetterboxPlan(853, 1280, 640, 640, resizedWidth = 426, resizedHeight = 640, left = 107, top = 0)

    // cx, cy, width, height, score of one candidate: as wide as the picture, and higher
    private val outputs = arrayOf(Numbers(floatArrayOf(plan.left + 213f, 320f, 426f, 650f, 0.6f)))
    private val postprocessor = DetectPostprocessor(Head(DecodedContract, classes = 1, candidates = 1))

    @Test
    fun `boxes are those of the upright picture`() {
        val result = postprocessor.run(outputs, plan, Thresholds(0.25f, 0.7, 300))
        assertEquals(853, result.width)
        assertEquals(1280, result.height)
        assertEquals(853f, result.boxes.single().x2, 1e-3f)
    }

    @Test
    fun `other thresholds need no inference`() {
        val few = postprocessor.run(outputs, plan, Thresholds(0.7f, 0.7, 300))
        val more = postprocessor.run(outputs, plan, Thresholds(0.5f, 0.7, 300))
        assertEquals(0, few.boxes.size)
        assertEquals(1, more.boxes.size)
        assertEquals(few.boxes, postprocessor.run(outputs, plan, Thresholds(0.7f, 0.7, 300)).boxes)
    }
}
