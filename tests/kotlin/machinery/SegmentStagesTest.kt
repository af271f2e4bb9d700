package vision.parity

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.MaskMemory
import vision.MaskPart
import vision.Masks
import vision.SegmentResult
import vision.THE_MODEL

/** Masks that are not PyTorch's do not pass, few as their pixels may be. */
class SegmentStagesTest {
    private val vectors = GoldenVectors.read { File(checkNotNull(System.getProperty("vectors")), it).inputStream() }
    private val width = THE_MODEL.inputWidth
    private val height = THE_MODEL.inputHeight

    @Test
    fun `only masks of the vectors pass`() {
        for (picture in (0 until vectors.size).map { vectors.picture(it) }) {
            if (!picture.has("undecided.run") || picture.integers("mask.end").isEmpty()) continue
            val right = bitmap(picture.integers("mask.run"), picture.integers("mask.end")[0])
            val same = stageOf(picture, right)
            assertTrue(same.problems.toString(), same.passed)
            assertEquals(1, same.compared)
            val column = right.indexOf(1) % width
            val wrong = right.copyOf().also { for (y in 0 until height) it[y * width + column] = 1 }
            assertFalse("a column too much", stageOf(picture, wrong).passed)
            val ofProgram = vectors.tolerances.with(mapOf("mask_iou" to 0.5))
            assertTrue("only the IoU of an extra program counts", stageOf(picture, wrong, ofProgram).passed)
        }
    }

    private fun bitmap(runs: IntArray, end: Int): ByteArray {
        val values = (0 until end).flatMap { i -> List(runs[i]) { (i % 2).toByte() } }
        return values.toByteArray()
    }

    /** Of a picture in which this is shown for the vectors' first mask. */
    private fun stageOf(picture: Picture, bitmap: ByteArray, tolerances: Tolerances = vectors.tolerances): Stage {
        val memory = MaskMemory().also { it.reserve(bitmap.size) }
        bitmap.copyInto(memory.bytes)
        val masks = Masks(width, height, listOf(MaskPart(0, 0, width, height, first = 0)), memory)
        val stages = SegmentStages(THE_MODEL, tolerances)
        stages.compareShown(picture, SegmentResult(width, height, emptyList(), masks), listOf(Pair(0, 0)))
        return stages.stages.first { it.name == "masks" }
    }
}
