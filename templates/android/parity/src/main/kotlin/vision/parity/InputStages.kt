package vision.parity

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest
import kotlin.math.abs
import org.json.JSONArray
import vision.BYTES_PER_PIXEL
import vision.ModelInfo
import vision.PixelView
import vision.Preprocessor
import vision.inHex

// From the picture to the model's input: constants, letterbox, tensor.

/** Compares the constants of [ModelInfo] with the vectors. */
internal fun compareConstants(info: ModelInfo, vectors: GoldenVectors, stage: Stage) {
    fun same(name: String, ours: Any, theirs: Any) {
        stage.add(if (ours == theirs) 0.0 else 1.0)
        if (ours != theirs) stage.problems += "$name is $ours in ModelInfo, expected $theirs"
    }
    val index = vectors.index
    same("sha256", info.sha256, index.getString("model_sha256"))
    same("contract", info.contract.name, index.getString("contract"))
    same("inputHeight", info.inputHeight, index.getJSONArray("input").getInt(0))
    same("inputWidth", info.inputWidth, index.getJSONArray("input").getInt(1))
    same("the number of classNames", info.classNames.size, index.getInt("classes"))
    same("regMax", info.regMax, index.getInt("reg_max"))
    same("strides", info.strides, index.getJSONArray("strides").toIntList())
    val outputs = index.getJSONArray("outputs")
    same("the number of outputShapes", info.outputShapes.size, outputs.length())
    for (i in 0 until minOf(info.outputShapes.size, outputs.length())) {
        same("outputShapes[$i]", info.outputShapes[i], outputs.getJSONArray(i).toIntList())
    }
}

private fun JSONArray.toIntList(): List<Int> = (0 until length()).map { getInt(it) }

/** Returns a view of the picture. */
internal fun viewOf(picture: Picture): PixelView {
    val rgb = picture.bytes("picture")
    if (rgb.size != picture.height * picture.width * CHANNELS) {
        throw VectorsException("the picture ${picture.name} is not of the size that index.json says")
    }
    val rgba = ByteBuffer.allocate(picture.height * picture.width * BYTES_PER_PIXEL)
    for (i in rgb.indices) rgba.put(i / CHANNELS * BYTES_PER_PIXEL + i % CHANNELS, rgb[i])
    return PixelView(rgba, picture.width, picture.height, picture.width * BYTES_PER_PIXEL)
}

private const val CHANNELS = 3 // red, green and blue

internal fun compareLetterbox(picture: Picture, preprocessor: Preprocessor, stage: Stage) {
    val bytes = ByteArray(preprocessor.size)
    val plan = preprocessor.toBytes(viewOf(picture), bytes)
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

internal fun compareTensor(picture: Picture, preprocessor: Preprocessor, stage: Stage) {
    val input = preprocessor.newInput()
    preprocessor.toTensor(viewOf(picture), input)
    val tensor = input.values() // dequantized, as in the vectors
    val bytes = ByteBuffer.allocate(preprocessor.size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    bytes.asFloatBuffer().put(tensor)
    val values = picture.floats("tensor.value")
    val index = picture.integers("tensor.index")
    for (i in index.indices) stage.add(abs(tensor[index[i]].toDouble() - values[i]))
    compareDigest(bytes, picture.tensorSha256, preprocessor.size - index.size, stage)
}

/** Counts the values without a sample as equal if the digest of all values is. */
private fun compareDigest(bytes: ByteBuffer, sha256: String, rest: Int, stage: Stage) {
    val digest = MessageDigest.getInstance("SHA-256")
    digest.update(bytes)
    if (digest.digest().inHex() == sha256) stage.addEqual(rest)
}
