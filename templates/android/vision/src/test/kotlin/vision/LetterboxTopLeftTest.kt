package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class LetterboxTopLeftTest {
    @Test
    fun `the picture begins at the top left and sizes are cut`() {
        val plan = planLetterboxTopLeft(855, 1280, 640, 640) // 427.5 wide
        assertEquals(listOf(427, 640, 0, 0), listOf(plan.resizedWidth, plan.resizedHeight, plan.left, plan.top))
    }

    @Test
    fun `the gain is the ratio before sizes are cut`() {
        val plan = planLetterboxTopLeft(855, 1280, 640, 640)
        assertEquals(listOf(0.5, 0.5), listOf(plan.gainX, plan.gainY))
    }

    @Test
    fun `no side vanishes`() = assertEquals(1, planLetterboxTopLeft(5000, 1, 320, 320).resizedHeight)
}
