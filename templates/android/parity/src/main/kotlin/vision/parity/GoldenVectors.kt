package vision.parity

import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.json.JSONException
import org.json.JSONObject
import vision.Thresholds

/** What two sides may differ by, stage by stage. */
class Tolerances internal constructor(
    private val json: JSONObject,
    private val ofProgram: Map<String, Double> = emptyMap()
) {
    /** Whether a program of lower precision is compared: NMS and the edges of masks may then decide otherwise. */
    internal val areOfProgram get() = ofProgram.isNotEmpty()

    /** Levels of 255. */
    val letterbox = json.getDouble("letterbox")
    val tensor = json.getDouble("tensor")

    /** Logits, and expected distances in strides. */
    val raw get() = get("raw")

    // Of tasks with boxes only, as all that follow
    val score get() = get("score")

    /** Pixels of the picture. */
    val corner get() = get("corner")
    val confidenceMargin get() = get("confidence_margin")
    val iouMargin get() = get("iou_margin")

    /** One that a single task has. */
    operator fun get(name: String): Double = ofProgram[name] ?: json.getDouble(name)

    /** Returns these with a program's own in their place. */
    internal fun with(ofProgram: Map<String, Double>) = Tolerances(json, ofProgram)
}

/** Golden vectors that cannot be read. */
class VectorsException(message: String, cause: Throwable? = null) : IOException(message, cause)

/** What PyTorch gave for a few pictures, stage by stage. vectors/README.md describes the files. */
class GoldenVectors private constructor(private val open: (String) -> InputStream, internal val index: JSONObject) {
    val tolerances = Tolerances(index.getJSONObject("tolerances"))
    private val pictures = index.getJSONArray("pictures")

    val size get() = pictures.length()

    /** Pictures are read one by one: they may be large. */
    fun picture(number: Int): Picture = reading("picture $number of $INDEX") {
        val entry = pictures.getJSONObject(number)
        Picture(entry, index.getDouble("row_confidence"), open(entry.getString("file")).use { it.readBytes() })
    }

    /** The numbers of the pictures: first those that are large and in which something is seen with ease. */
    fun clearest(): List<Int> = reading(INDEX) {
        (0 until size).sortedByDescending {
            val entry = pictures.getJSONObject(it)
            entry.getDouble("confidence") * entry.getInt("width") * entry.getInt("height")
        }
    }

    companion object {
        /** [open] opens a file of the folder by its name. Throws [VectorsException]. */
        fun read(open: (String) -> InputStream): GoldenVectors = reading(INDEX) {
            val index = JSONObject(open(INDEX).use { it.readBytes() }.toString(Charsets.UTF_8))
            val schema = index.getInt("schema")
            if (schema != SCHEMA) throw VectorsException("the vectors are of schema $schema, expected $SCHEMA")
            GoldenVectors(open, index)
        }
    }
}

/** One picture, with the numbers that belong to it. */
class Picture internal constructor(entry: JSONObject, val rowConfidence: Double, private val data: ByteArray) {
    private class Place(val offset: Int, val count: Int, val type: String)

    val name: String = entry.getString("name")
    private val file = entry.getString("file")
    val width = entry.getInt("width")
    val height = entry.getInt("height")
    private val letterbox = entry.getJSONObject("letterbox")
    private val resized = letterbox.getJSONArray("resized")
    val resizedHeight = resized.getInt(0)
    val resizedWidth = resized.getInt(1)
    val left = letterbox.getInt("left")
    val top = letterbox.getInt("top")
    val letterboxSha256: String = letterbox.getString("sha256")
    val tensorSha256: String = entry.getJSONObject("tensor").getString("sha256")

    /** What PyTorch was asked for. */
    val thresholds = Thresholds(
        confidence = entry.getDouble("confidence").toFloat(),
        iou = entry.getDouble("iou"),
        maxDetections = entry.getInt("max_det"),
        agnostic = entry.getBoolean("agnostic")
    )

    private val arrays: Map<String, Place>

    init {
        val places = entry.getJSONObject("arrays")
        arrays = places.keys().asSequence().associateWith { name ->
            val place = places.getJSONObject(name)
            val shape = place.getJSONArray("shape")
            val count = (0 until shape.length()).fold(1) { product, i -> product * shape.getInt(i) }
            Place(place.getInt("offset"), count, place.getString("dtype"))
        }
    }

    fun has(array: String): Boolean = array in arrays

    fun bytes(array: String): ByteArray {
        val found = find(array, "u8", Byte.SIZE_BYTES)
        return ByteArray(found.remaining()).also { found.get(it) }
    }

    fun integers(array: String): IntArray {
        val found = find(array, "u32", Int.SIZE_BYTES).asIntBuffer()
        return IntArray(found.remaining()).also { found.get(it) }
    }

    fun floats(array: String): FloatArray {
        val found = find(array, "f32", Int.SIZE_BYTES).asFloatBuffer()
        return FloatArray(found.remaining()).also { found.get(it) }
    }

    private fun find(array: String, type: String, size: Int): ByteBuffer {
        val place = arrays[array] ?: throw VectorsException("$file has no array $array")
        if (place.type != type) throw VectorsException("$file: the array $array is not of type $type")
        if (place.offset < 0 || place.count < 0 || place.offset.toLong() + place.count.toLong() * size > data.size) {
            throw VectorsException("$file is cut off: the array $array is not all there")
        }
        return ByteBuffer.wrap(data, place.offset, place.count * size).slice().order(ByteOrder.LITTLE_ENDIAN)
    }
}

private const val SCHEMA = 1
private const val INDEX = "index.json"

private inline fun <T> reading(what: String, read: () -> T): T = try {
    read()
} catch (e: FileNotFoundException) {
    throw VectorsException("$what is not there: ${e.message}", e)
} catch (e: JSONException) {
    throw VectorsException("$what is not as expected: ${e.message}", e)
}
