package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class LetterboxTest {
    @Test
    fun `the picture is centred and the odd pixel goes right and down`() {
        val wide = planLetterbox(853, 480, 640, 640)
        assertEquals(listOf(640, 360, 0, 140), listOf(wide.resizedWidth, wide.resizedHeight, wide.left, wide.top))
        val odd = planLetterbox(64, 58, 32, 32) // 3 rows are left: 1 above, 2 below
        assertEquals(listOf(29, 1), listOf(odd.resizedHeight, odd.top))
    }

    @Test
    fun `halves are rounded to the even side`() {
        assertEquals(426, planLetterbox(853, 1280, 640, 640).resizedWidth) // 426.5
        assertEquals(428, planLetterbox(855, 1280, 640, 640).resizedWidth) // 427.5
    }

    @Test
    fun `no side vanishes`() = assertEquals(1, planLetterbox(5000, 1, 320, 320).resizedHeight)
}
