package vision.parity

import java.io.File
import org.json.JSONArray
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.Numbers
import vision.THE_MODEL

/** Class maps that are not PyTorch's do not pass. */
class SemanticStagesTest {
    private val folder = File(checkNotNull(System.getProperty("vectors")))
    private val vectors = GoldenVectors.read { File(folder, it).inputStream() }
    private val shape = THE_MODEL.outputShapes[0]

    @Test
    fun `another class passes only if its logit is nearly equal`() {
        val picture = vectors.picture(0)
        if (!picture.has("class_map.value")) return
        val (_, count, height, width) = shape
        if (count == 1) return
        val other = (picture.integers("class_map.value")[0] + 1) % count
        for ((lead, passes) in listOf(0.0005f to true, 0.002f to false)) {
            val logits = FloatArray(count * height * width)
            logits.fill(lead, other * height * width, (other + 1) * height * width)
            val map = Parity(THE_MODEL, vectors).run(giving(logits)).stages.first { it.name == "class map" }
            assertEquals("$lead: ${map.worst}", passes, map.passed)
            assertTrue(map.compared > 0)
        }
    }

    @Test
    fun `a class map of another size is rejected`() {
        val index = JSONObject(File(folder, "index.json").readText())
        val arrays = index.getJSONArray("pictures").getJSONObject(0).getJSONObject("arrays")
        if (!arrays.has("class_map.run")) return
        val runs = arrays.getJSONObject("class_map.run")
        runs.put("shape", JSONArray(listOf(runs.getJSONArray("shape").getInt(0) - 1)))
        val cut = GoldenVectors.read { name ->
            if (name == "index.json") index.toString().byteInputStream() else File(folder, name).inputStream()
        }
        val output = FloatArray(shape.fold(1, Int::times))
        val said = assertThrows(VectorsException::class.java) { Parity(THE_MODEL, cut).run(giving(output)) }
        assertTrue(said.message, "not of its size" in said.message.orEmpty())
    }

    private fun giving(output: FloatArray) = Model { arrayOf(Numbers(output)) }
}
