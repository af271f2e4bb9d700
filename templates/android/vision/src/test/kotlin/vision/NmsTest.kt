package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class NmsTest {
    private class Box(val x: Float, val score: Float, val classId: Int = 0, val size: Float = 100f)

    private fun run(vararg boxes: Box, iou: Double, maxDetections: Int = 300, agnostic: Boolean = false): List<Int> {
        val candidates = boxes.mapIndexed { i, box ->
            Candidate(floatArrayOf(box.x, 0f, box.x + box.size, box.size), box.score, box.classId, i)
        }
        return nms(candidates, iou, maxDetections, agnostic).map { it.index }
    }

    @Test
    fun `the best of overlapping boxes is kept`() =
        assertEquals(listOf(1, 2), run(Box(0f, 0.5f), Box(10f, 0.9f), Box(300f, 0.3f), iou = 0.7))

    @Test
    fun `only an IoU above the threshold suppresses`() {
        // Half of each box is shared: an IoU of one third.
        assertEquals(2, run(Box(0f, 0.9f), Box(50f, 0.8f), iou = 0.34).size)
        assertEquals(1, run(Box(0f, 0.9f), Box(50f, 0.8f), iou = 0.33).size)
        assertEquals(2, run(Box(0f, 0.9f), Box(0f, 0.8f), iou = 1.0).size) // not above 1
    }

    @Test
    fun `classes suppress each other only if agnostic`() {
        assertEquals(2, run(Box(0f, 0.9f, 0), Box(0f, 0.8f, 1), iou = 0.7).size)
        assertEquals(1, run(Box(0f, 0.9f, 0), Box(0f, 0.8f, 1), iou = 0.7, agnostic = true).size)
    }

    @Test
    fun `equal scores keep their order`() {
        val boxes = Array(1000) { Box(200f * it, if (it % 2 == 0) 0f else -0f) }
        assertEquals(List(1000) { it }, run(*boxes, iou = 0.7, maxDetections = 1000))
    }

    @Test
    fun `NaN scores come last`() {
        val scores = listOf(Float.NaN, 0.5f, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 0.7f, -1f)
        val boxes = scores.mapIndexed { i, score -> Box(200f * i, score) }.toTypedArray()
        assertEquals(listOf(3, 4, 1, 5, 2, 0), run(*boxes, iou = 0.7))
    }

    @Test
    fun `at most maxDetections are kept`() {
        val boxes = arrayOf(Box(0f, 0.1f), Box(200f, 0.3f), Box(400f, 0.2f))
        assertEquals(listOf(1, 2), run(*boxes, iou = 0.7, maxDetections = 2))
        assertEquals(emptyList<Int>(), run(*boxes, iou = 0.7, maxDetections = 0))
    }

    @Test
    fun `boxes without area suppress nothing`() =
        assertEquals(2, run(Box(0f, 0.9f, size = 0f), Box(0f, 0.8f, size = 0f), iou = 0.0).size)

    @Test
    fun `no candidates give no boxes`() = assertEquals(emptyList<Int>(), run(iou = 0.7))
}
