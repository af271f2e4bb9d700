package launch

import org.junit.Assert.assertEquals
import org.junit.Test
import vision.Detection
import vision.VisionResult

/** Tests of the result processor in the README. */
class ResultProcessorTest {
    private val large = Detection(0f, 0f, 10f, 10f, score = 0.5f, classId = 0)
    private val tiny = Detection(0f, 0f, 9f, 9f, score = 0.9f, classId = 0)

    @Test
    fun processorHidesBoxesBelowOneHundredthOfThePicture() {
        val result = VisionResult.Boxes(width = 100, height = 100, boxes = listOf(tiny, large))
        assertEquals(listOf(large), resultProcessors().single().process(result).boxes)
    }
}
