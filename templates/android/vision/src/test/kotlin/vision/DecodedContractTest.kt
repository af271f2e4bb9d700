package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class DecodedContractTest {
    @Test
    fun `a column has centre, size and scores`() {
        // (4 + 3 classes, 2 candidates)
        val output = floatArrayOf(50f, 0f, 40f, 0f, 20f, 0f, 10f, 0f, 0.1f, 0f, 0.8f, 0f, 0.2f, 0f)
        val thresholds = Thresholds(0.25f, iou = 0.7, maxDetections = 300)
        val found = decode(Head(DecodedContract, classes = 3, candidates = 2), arrayOf(Numbers(output)), thresholds)
        assertEquals(listOf(1, 1), listOf(found.size, found[0].classId))
        assertEquals(listOf(40f, 35f, 60f, 45f), found[0].box.toList())
    }
}
