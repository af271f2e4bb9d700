package vision.parity

import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.Layout
import vision.Numbers
import vision.Program
import vision.THE_MODEL

/** The proof of an extra program: its own tolerances decide, and a value that is not a number fails. */
class TrialTest {
    private val vectors = GoldenVectors.read { File(checkNotNull(System.getProperty("vectors")), it).inputStream() }

    /** Not of vectors that were made without a checkpoint. */
    private val hasBoxes = (0 until vectors.size).any { vectors.picture(it).has("boxes.box") }

    /** Everything but the rows of the vectors is far off: raw samples of other rows are not compared. */
    private fun trial(score: Double, corner: Double): Trial {
        val tolerances = mapOf("raw" to 1e31, "score" to score, "corner" to corner)
        val program = Program("model.vulkan.pte", "vulkan", "Vulkan", "float16", "", emptyList(), tolerances)
        return Trial(THE_MODEL, vectors, program)
    }

    private fun prove(trial: Trial, change: (FloatArray) -> Unit = {}): Verdict {
        var picture = 0
        return trial.prove {
            Cells(THE_MODEL).rowsOf(vectors.picture(picture++)).also { outputs ->
                for (i in outputs.indices) outputs[i] = Numbers(outputs[i].values().also(change))
            }
        }
    }

    @Test
    fun `equal results pass`() {
        if (!hasBoxes || THE_MODEL.layout != Layout.LEVELS) return
        val verdict = prove(trial(score = 0.005, corner = 0.5))
        assertEquals("", verdict.problem)
        assertTrue(verdict.passed)
        assertEquals(vectors.size, verdict.pictures)
        assertEquals("px", verdict.unit)
        assertTrue("${verdict.worst}", verdict.worst < 0.5)
    }

    @Test
    fun `the tolerances of the program decide`() {
        if (!hasBoxes || THE_MODEL.layout != Layout.LEVELS) return
        val off = { values: FloatArray -> for (i in values.indices) values[i] += 0.2f * (i % 2) }
        val strict = prove(trial(score = 1e-6, corner = 1e-6), off)
        assertFalse(strict.passed)
        assertTrue(strict.problem, strict.problem.isNotEmpty())
        assertTrue(prove(trial(score = 1.0, corner = 1e4), off).problem, prove(trial(1.0, 1e4), off).passed)
    }

    @Test
    fun `a value that is not a number fails`() {
        if (!hasBoxes) return
        val verdict = prove(trial(score = 1.0, corner = 1e4)) { it[it.lastIndex] = Float.NaN }
        assertEquals("an output is not a number", verdict.problem)
        assertFalse(verdict.passed)
    }
}
