package vision.parity

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.FloatBuffer
import java.security.MessageDigest
import kotlin.math.abs
import org.json.JSONArray
import vision.Letterbox
import vision.ModelInfo
import vision.PixelFormat
import vision.PixelView

// From the picture to the model's input: constants, letterbox, tensor.

/** Does [ModelInfo] say of the model what the vectors say? */
internal fun compareConstants(vectors: GoldenVectors, stage: Stage) {
    fun same(name: String, ours: Any, theirs: Any) {
        stage.add(if (ours == theirs) 0.0 else 1.0)
        if (ours != theirs) stage.problems += "$name is $ours in ModelInfo.kt, expected $theirs"
    }
    val index = vectors.index
    same("SHA256", ModelInfo.SHA256, index.getString("model_sha256"))
    same("CONTRACT", ModelInfo.CONTRACT, index.getString("contract"))
    same("INPUT_HEIGHT", ModelInfo.INPUT_HEIGHT, index.getJSONArray("input").getInt(0))
    same("INPUT_WIDTH", ModelInfo.INPUT_WIDTH, index.getJSONArray("input").getInt(1))
    same("the number of CLASS_NAMES", ModelInfo.CLASS_NAMES.size, index.getInt("classes"))
    same("REG_MAX", ModelInfo.REG_MAX, index.getInt("reg_max"))
    same("STRIDES", ModelInfo.STRIDES.toList(), index.getJSONArray("strides").toIntList())
    val outputs = index.getJSONArray("outputs")
    same("the number of OUTPUT_SHAPES", ModelInfo.OUTPUT_SHAPES.size, outputs.length())
    for (i in 0 until minOf(ModelInfo.OUTPUT_SHAPES.size, outputs.length())) {
        same("OUTPUT_SHAPES[$i]", ModelInfo.OUTPUT_SHAPES[i].toList(), outputs.getJSONArray(i).toIntList())
    }
    same("CONFIDENCE", ModelInfo.CONFIDENCE, MadeWith.CONFIDENCE)
    same("IOU", ModelInfo.IOU, MadeWith.IOU)
    same("MAX_DETECTIONS", ModelInfo.MAX_DETECTIONS, MadeWith.MAX_DETECTIONS)
}

private fun JSONArray.toIntList(): List<Int> = (0 until length()).map { getInt(it) }

/** The picture itself. */
internal fun viewOf(picture: Picture): PixelView {
    val rgb = picture.bytes("picture")
    val rowBytes = picture.width * PixelFormat.RGB.bytesPerPixel
    if (rgb.size != picture.height * rowBytes) {
        throw VectorsException("the picture ${picture.name} is not of the size that index.json says")
    }
    val view = PixelView()
    view.set(ByteBuffer.wrap(rgb), picture.width, picture.height, rowBytes, PixelFormat.RGB)
    return view
}

internal const val INPUT_VALUES = 3 * ModelInfo.INPUT_HEIGHT * ModelInfo.INPUT_WIDTH

internal fun compareLetterbox(picture: Picture, letterbox: Letterbox, stage: Stage) {
    val bytes = ByteArray(INPUT_VALUES)
    val plan = letterbox.toBytes(viewOf(picture), bytes)
    val place = listOf(plan.resizedWidth, plan.resizedHeight, plan.left, plan.top)
    val expected = listOf(picture.resizedWidth, picture.resizedHeight, picture.left, picture.top)
    if (place != expected) {
        stage.problems += "${picture.name}: width, height, left, top are $place, expected $expected"
    }
    val values = picture.bytes("letterbox.value")
    val index = picture.integers("letterbox.index")
    for (i in index.indices) {
        stage.add(
            abs((bytes[index[i]].toInt() and 0xFF) - (values[i].toInt() and 0xFF)).toDouble()
        )
    }
    compareDigest(ByteBuffer.wrap(bytes), picture.letterboxSha256, bytes.size - index.size, stage)
}

internal fun compareTensor(picture: Picture, letterbox: Letterbox, stage: Stage) {
    val bytes = ByteBuffer.allocate(INPUT_VALUES * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    val tensor = bytes.asFloatBuffer()
    letterbox.toTensor(viewOf(picture), tensor)
    val values = picture.floats("tensor.value")
    val index = picture.integers("tensor.index")
    for (i in index.indices) stage.add(abs(tensor.get(index[i]).toDouble() - values[i]))
    compareDigest(bytes, picture.tensorSha256, INPUT_VALUES - index.size, stage)
}

/** Where the digest of all values agrees, those that no sample was taken of agree too. */
private fun compareDigest(bytes: ByteBuffer, sha256: String, rest: Int, stage: Stage) {
    val digest = MessageDigest.getInstance("SHA-256")
    digest.update(bytes)
    val hex = digest.digest().joinToString("") { "%02x".format(it.toInt() and 0xFF) }
    if (hex == sha256) stage.addEqual(rest)
}

/** A buffer as the runtime wants the input: outside of the heap, in the machine's byte order. */
internal fun newTensor(): FloatBuffer =
    ByteBuffer.allocateDirect(INPUT_VALUES * Float.SIZE_BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer()
