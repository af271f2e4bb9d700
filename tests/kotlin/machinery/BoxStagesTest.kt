package vision.parity

import java.io.File
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.Numbers
import vision.THE_MODEL

/** The stages of a task with boxes compare something, on what PyTorch gave for this very model. */
class BoxStagesTest {
    private val vectors = GoldenVectors.read { File(checkNotNull(System.getProperty("vectors")), it).inputStream() }

    /** Not of vectors that were made without a checkpoint. */
    private val hasBoxes = (0 until vectors.size).any { vectors.picture(it).has("boxes.box") }

    @Test
    fun `candidates are decoded and chosen without a model`() {
        val stages = Parity(THE_MODEL, vectors).run(model = null).stages.associateBy { it.name }
        assertFalse(stages.getValue("decode").isMissing)
        assertFalse(stages.getValue("nms").isMissing)
        assertTrue(stages.getValue("boxes").isMissing)
    }

    /** Masks are made of more than rows. */
    @Test
    fun `a model that returns PyTorch's best rows passes`() {
        if (!hasBoxes || THE_MODEL.maskCoefficients > 0) return
        val stages = stagesOf(off = 0f) - "raw" // which has samples of other rows too
        for (stage in stages.values) assertTrue("not as PyTorch: ${stage.name}", stage.passed)
        for (stage in stages.values) assertFalse("nothing was compared: ${stage.name}", stage.isMissing)
    }

    @Test
    fun `a model that is off does not pass`() {
        if (!hasBoxes) return
        val raw = stagesOf(off = 0.1f).getValue("raw")
        assertTrue("nothing was compared", raw.compared > 0)
        assertFalse(raw.toString(), raw.passed)
    }

    private fun stagesOf(off: Float): Map<String, Stage> {
        var picture = 0
        val model = Model {
            Cells(THE_MODEL).rowsOf(vectors.picture(picture++)).also { outputs ->
                for (i in outputs.indices) outputs[i] = moved(outputs[i], off)
            }
        }
        return Parity(THE_MODEL, vectors).run(model).stages.associateBy { it.name }
    }

    private fun moved(output: Numbers, off: Float): Numbers {
        val values = output.values()
        return Numbers.of(FloatArray(values.size) { values[it] + off }, output.steps)
    }
}
