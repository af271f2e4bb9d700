package vision.parity

import java.io.File
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.models.THE_MODELS

/** Every model of this app has its own constants and vectors. The other tests of this module are about the first. */
class ModelsTest {
    private val folder =
        File(checkNotNull(System.getProperty("vectors")) { "the system property `vectors` is not set" })

    @Test
    fun `each model's stages equal PyTorch's`() {
        for (model in THE_MODELS) {
            val vectors = GoldenVectors.read { name -> File(folder, model.folder + name).inputStream() }
            val report = Parity(model.info, vectors).run(model = null)
            assertTrue("${model.info.name}: ${report.inWords()}", report.passed)
            assertTrue("${model.info.name}: no picture", report.images > 0)
        }
    }
}
