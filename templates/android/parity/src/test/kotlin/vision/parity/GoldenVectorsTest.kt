package vision.parity

import java.io.ByteArrayInputStream
import java.io.File
import java.io.FileNotFoundException
import java.io.InputStream
import org.json.JSONArray
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.THE_MODEL

/**
 * Compares this module with PyTorch's values for this model. The model itself runs on the device: the app's
 * self-check and its instrumented test compare the stages `raw` and `boxes`.
 */
class GoldenVectorsTest {
    private val folder =
        File(checkNotNull(System.getProperty("vectors")) { "the system property `vectors` is not set" })

    private fun open(name: String): InputStream = File(folder, name).inputStream()

    @Test
    fun `every stage without the model equals PyTorch's`() {
        val report = Parity(THE_MODEL, GoldenVectors.read(::open)).run(model = null)
        assertTrue(report.inWords(), report.passed)
        val compared = report.stages.map { it.name } - report.missing.toSet()
        assertEquals(report.inWords(), listOf("constants", "letterbox", "tensor"), compared.take(3))
        val ofModel = report.stages.filter { it.needsModel }.map { it.name }
        assertTrue(report.inWords(), "raw" in ofModel && report.missing.containsAll(ofModel))
        // Where PyTorch saw nothing, or nobody asked it, the vectors hold less
        if (report.detections > 0) assertEquals(report.inWords(), ofModel, report.missing)
        assertTrue("no picture", report.images > 0)
    }

    @Test
    fun `vectors of another model fail`() {
        val index = JSONObject(open("index.json").reader().readText())
        index.put("model_sha256", "0".repeat(64))
        index.put("outputs", JSONArray(listOf(JSONArray(listOf(1, 2, 3)))))
        val report = Parity(THE_MODEL, vectorsWith(index)).run(model = null)
        assertFalse(report.passed)
        assertTrue(report.problems.any { "sha256 is ${THE_MODEL.sha256}" in it })
        assertTrue(report.problems.any { "outputShapes[0]" in it })
    }

    @Test
    fun `another picture fails first at the letterbox`() {
        val index = JSONObject(open("index.json").reader().readText())
        val first = index.getJSONArray("pictures").getJSONObject(0)
        val start = first.getJSONObject("arrays").getJSONObject("picture").getInt("offset")
        val end = start + first.getInt("height") * first.getInt("width") * 3
        val vectors = GoldenVectors.read { name ->
            val bytes = open(name).use { it.readBytes() }
            if (name == first.getString("file")) for (i in start until end) bytes[i] = (bytes[i] + 64).toByte()
            ByteArrayInputStream(bytes)
        }
        val report = Parity(THE_MODEL, vectors).run(model = null)
        assertEquals(report.inWords(), "letterbox", report.stages.first { !it.passed }.name)
    }

    @Test
    fun `unreadable vectors give the reason`() {
        val gone = assertThrows(VectorsException::class.java) { GoldenVectors.read { throw FileNotFoundException(it) } }
        assertTrue(gone.message, "index.json" in gone.message.orEmpty())
        val index = JSONObject(open("index.json").reader().readText())
        val schema = assertThrows(VectorsException::class.java) { vectorsWith(index.put("schema", 99)) }
        assertTrue(schema.message, "schema 99" in schema.message.orEmpty())
        val cut = GoldenVectors.read { if (it == "index.json") open(it) else ByteArrayInputStream(ByteArray(10)) }
        val short = assertThrows(VectorsException::class.java) { Parity(THE_MODEL, cut).run(model = null) }
        assertTrue(short.message, "cut off" in short.message.orEmpty())
    }

    private fun vectorsWith(index: JSONObject) = GoldenVectors.read { name ->
        if (name == "index.json") ByteArrayInputStream(index.toString().toByteArray()) else open(name)
    }
}
