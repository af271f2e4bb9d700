package vision

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertSame
import org.junit.Test

class DepthTaskTest {
    private val map = DenseMap(count = 1, width = 2, height = 2, inputWidth = 3, inputHeight = 3, corners = true)
    private val task = DepthPostprocessor(map)

    private fun run(vararg distances: Float, width: Int, height: Int): DepthResult {
        val plan = planStretch(width, height, 3, 3)
        return task.run(arrayOf(Numbers(distances)), plan, Thresholds(0f, 0.0, 0))
    }

    @Test
    fun `corners keep their distances and values between them are linear`() {
        val result = run(1f, 5f, 1f, 5f, width = 5, height = 2)
        assertEquals(listOf(1f, 2f, 3f, 4f, 5f, 1f, 2f, 3f, 4f, 5f), result.map.values.take(10))
        assertEquals(listOf(1f, 5f), listOf(result.lowest, result.highest))
        assertEquals("1.0 - 5.0", result.inWords(listOf()))
    }

    @Test
    fun `NaN does not change the scale`() {
        val result = run(Float.NaN, 2f, Float.POSITIVE_INFINITY, 4f, width = 2, height = 2)
        assertEquals(listOf(2f, 4f), listOf(result.lowest, result.highest))
        val none = run(Float.NaN, Float.NaN, Float.NaN, Float.NaN, width = 2, height = 2)
        assertEquals(listOf(Float.NaN, Float.NaN), listOf(none.lowest, none.highest))
        assertEquals("", none.inWords(listOf()))
        assertEquals(result.copy(lowest = 1f).news(listOf()), result.news(listOf()))
        assertNotEquals(none.news(listOf()), result.news(listOf()))
        val row = none.rows().single()
        assertEquals(listOf(0f, 0f), listOf(row["min"], row["max"]))
    }

    @Test
    fun `a small picture after a huge one does not keep its memory`() {
        val memory = DepthMapMemory()
        memory.reserve(1000)
        val first = memory.values
        memory.reserve(500)
        assertSame(first, memory.values)
        memory.reserve(10)
        assertEquals(10, memory.values.size)
    }

    @Test
    fun `the picture takes all of the input`() {
        val plan = planStretch(8, 2, 4, 4)
        assertEquals(listOf(4, 4, 0, 0), listOf(plan.resizedWidth, plan.resizedHeight, plan.left, plan.top))
        assertEquals(listOf(0.5, 2.0), listOf(plan.gainX, plan.gainY))
    }
}
