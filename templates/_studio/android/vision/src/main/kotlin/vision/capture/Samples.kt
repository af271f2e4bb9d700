package vision.capture

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest
import vision.inHex

/** Every [step]-th of some numbers as a file of a capture. */
internal class Samples(private val file: String, private val all: FloatArray, private val step: Int) {
    /** Little-endian float32. */
    val bytes = FloatArray((all.size + step - 1) / step) { all[it * step] }.bytes()

    /** What the capture says of them; [more]: further members. */
    fun told(more: Map<String, Any> = emptyMap()): Map<String, Any> = mapOf(
        "file" to file,
        "values" to all.size,
        "step" to step,
        "sha256" to digest(if (step == 1) bytes else all.bytes())
    ) + more

    fun addTo(tar: Tar) = tar.add(file, bytes)
}

/** Every how manieth of so many numbers to keep, so that there is room for them. */
internal fun stepFor(numbers: Int, room: Int): Int = maxOf(1, (numbers + room - 1) / maxOf(room, 1))

/** The same with samples in every column of a picture of this width, not in every 16th. */
internal fun stepFor(numbers: Int, room: Int, width: Int): Int {
    var step = stepFor(numbers, room)
    while (commonDivisor(step, width) > 1) ++step
    return step
}

private fun commonDivisor(a: Int, b: Int): Int = if (b == 0) a else commonDivisor(b, a % b)

private fun FloatArray.bytes(): ByteArray {
    val buffer = ByteBuffer.allocate(size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    buffer.asFloatBuffer().put(this)
    return buffer.array()
}

private fun digest(bytes: ByteArray): String = MessageDigest.getInstance("SHA-256").digest(bytes).inHex()
