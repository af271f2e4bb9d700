package vision.parity

import java.io.ByteArrayInputStream
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.Numbers
import vision.THE_MODEL

/** Distances that are not PyTorch's do not pass. */
class DepthStagesTest {
    private val folder = File(checkNotNull(System.getProperty("vectors")))
    private val output = FloatArray(THE_MODEL.outputShapes[0].fold(1, Int::times)) { 10f }

    @Test
    fun `a distance passes if it is at most a thousandth off`() {
        for ((right, passes) in listOf(10.005f to true, 9.995f to true, 10.02f to false, 9.98f to false)) {
            val map = depthStage(vectorsOf("depth.value", right.toRawBits()) ?: return)
            assertEquals("$right: ${map.worst}", passes, map.passed)
            assertTrue(map.compared > 0)
        }
    }

    @Test
    fun `NaN does not pass`() {
        output.fill(Float.NaN)
        assertFalse(depthStage(vectorsOf("depth.value", 10f.toRawBits()) ?: return).passed)
    }

    @Test
    fun `a place outside of the picture is rejected`() {
        val vectors = vectorsOf("depth.index", Int.MAX_VALUE) ?: return
        val said = assertThrows(VectorsException::class.java) { depthStage(vectors) }
        assertTrue(said.message, "depth.index" in said.message.orEmpty())
    }

    private fun depthStage(vectors: GoldenVectors) =
        Parity(THE_MODEL, vectors).run { arrayOf(Numbers(output)) }.stages.first { it.name == "depth" }

    /** The vectors with these four bytes instead of each value of an array; null where they have no distances. */
    private fun vectorsOf(array: String, bits: Int): GoldenVectors? {
        val index = JSONObject(File(folder, "index.json").readText())
        val pictures = index.getJSONArray("pictures")
        val places = (0 until pictures.length()).associate { i ->
            val picture = pictures.getJSONObject(i)
            picture.getString("file") to picture.getJSONObject("arrays").optJSONObject(array)
        }
        if (places.values.any { it == null }) return null
        return GoldenVectors.read { name ->
            val bytes = File(folder, name).readBytes()
            places[name]?.let { place ->
                val count = place.getJSONArray("shape").getInt(0)
                val buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
                for (i in 0 until count) buffer.putInt(place.getInt("offset") + Int.SIZE_BYTES * i, bits)
            }
            ByteArrayInputStream(bytes)
        }
    }
}
