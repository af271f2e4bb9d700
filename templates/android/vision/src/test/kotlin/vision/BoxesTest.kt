package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class BoxesTest {
    @Test
    fun `boxes are moved back by the plan's gain and clipped`() {
        val plan = LetterboxPlan(853, 1280, 640, 640, resizedWidth = 426, resizedHeight = 640, left = 107, top = 0)
        val higher = Candidate(floatArrayOf(107f, -5f, 107f + 426f, 645f), 0.6f, 0, 0) // than the picture, and as wide
        val found = toImage(listOf(higher), plan).single()
        assertEquals(0f, found.x1, 1e-4f)
        assertEquals(853f, found.x2, 1e-3f)
        assertEquals(0f, found.y1, 0f)
        assertEquals(1280f, found.y2, 0f)
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
