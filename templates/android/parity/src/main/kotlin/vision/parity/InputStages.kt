package vision.parity

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest
import kotlin.math.abs
import org.json.JSONArray
import vision.ModelInfo
import vision.PixelFormat
import vision.PixelView
import vision.Preprocessor
import vision.inHex

// From the picture to the model's input: constants, letterbox, tensor.

/** Does [ModelInfo] say of the model what the vectors say? */
internal fun compareConstants(info: ModelInfo, vectors: GoldenVectors, stage: Stage) {
    fun same(name: String, ours: Any, theirs: Any) {
        stage.add(if (ours == theirs) 0.0 else 1.0)
        if (ours != theirs) stage.problems += "$name is $ours in ModelInfo, expected $theirs"
    }
    val index = vectors.index
    same("sha256", info.sha256, index.getString("model_sha256"))
    same("contract", info.contract.name.lowercase(), index.getString("contract"))
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
    val tensor = input.values() // of int8 what it stands for, as the vectors have it
    val bytes = ByteBuffer.allocate(preprocessor.size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    bytes.asFloatBuffer().put(tensor)
    val values = picture.floats("tensor.value")
    val index = picture.integers("tensor.index")
    for (i in index.indices) stage.add(abs(tensor[index[i]].toDouble() - values[i]))
    compareDigest(bytes, picture.tensorSha256, preprocessor.size - index.size, stage)
}

/** Where the digest of all values agrees, those that no sample was taken of agree too. */
private fun compareDigest(bytes: ByteBuffer, sha256: String, rest: Int, stage: Stage) {
    val digest = MessageDigest.getInstance("SHA-256")
    digest.update(bytes)
    if (digest.digest().inHex() == sha256) stage.addEqual(rest)
}
