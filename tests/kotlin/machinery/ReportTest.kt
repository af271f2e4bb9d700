package vision.parity

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Test
import vision.THE_MODEL

private const val INT8 = "the int8 model in Python"

/** What a report claims, and of whom. */
class ReportTest {
    private val same = Stage("nms", 0.0, "differences").apply { add(0.0) }
    private val other = Stage("nms", 0.0, "differences").apply { add(1.0) }
    private val missing = Stage("raw", 0.015, "logits")

    @Test
    fun `the report names the reference`() {
        for (whose in listOf("PyTorch", INT8)) {
            assertEquals("the same as $whose", lastWords(whose, same))
            assertEquals("NOT the same as $whose", lastWords(whose, other))
            assertEquals("the same as $whose, as far as was compared", lastWords(whose, same, missing))
        }
    }

    @Test
    fun `the verdict of the self-check names the reference`() {
        for (whose in listOf("PyTorch", INT8)) {
            assertEquals("PASSED: the same as $whose on 1 picture", SelfCheck.verdict(report(whose, 1, same)))
            assertEquals("PASSED: the same as $whose on 2 pictures", SelfCheck.verdict(report(whose, 2, same)))
            assertEquals("FAILED: not the same as $whose", SelfCheck.verdict(report(whose, 2, other)))
        }
    }

    @Test
    fun `the reference of an int8 model is the int8 model in Python`() {
        assertEquals("PyTorch", comparedWith("float32"))
        assertEquals(INT8, comparedWith("int8"))
        assertEquals(INT8, comparedWith("int8, loses 0.41 points of mAP50-95"))
    }

    /** As the comparison with the vectors tells it. */
    private fun comparedWith(precision: String): String {
        val vectors = GoldenVectors.read { File(checkNotNull(System.getProperty("vectors")), it).inputStream() }
        return Parity(THE_MODEL.copy(precision = precision), vectors).run(model = null).comparedWith
    }

    private fun report(whose: String, images: Int, vararg stages: Stage) =
        Report(stages.toList(), images, detections = 3, comparedWith = whose)

    private fun lastWords(whose: String, vararg stages: Stage) =
        report(whose, 2, *stages).inWords().trimEnd().substringAfterLast("pictures: 2, boxes: 3; ")
}
