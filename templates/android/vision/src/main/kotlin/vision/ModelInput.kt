package vision

import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * A model's input, (1, 3, H, W): [floats], or where there are [steps] int8 that stand for them, in [bytes]. Outside of the
 * heap and in the machine's byte order, so that the runtime reads it where it is.
 */
class ModelInput(val size: Int, val steps: Steps?) {
    val bytes: ByteBuffer =
        ByteBuffer.allocateDirect(if (steps == null) size * Float.SIZE_BYTES else size).order(ByteOrder.nativeOrder())
    val floats = bytes.asFloatBuffer()

    /** A copy. */
    fun values() = FloatArray(size) { if (steps == null) floats.get(it) else steps.value(bytes.get(it).toInt()) }

    /** Takes over all of another one's. */
    fun put(other: ModelInput) {
        val all = other.bytes.duplicate()
        all.moveTo(0)
        bytes.moveTo(0)
        bytes.put(all)
    }
}

/** Makes rows of a [ModelInput] of rows of bytes, by a table for each channel. */
internal abstract class InputRows(private val inputWidth: Int, private val inputHeight: Int) {
    /** What is beside the picture becomes the border, in rows to come. */
    abstract fun clear()

    /** Row [y] of channel [c]: nothing but border. */
    abstract fun putBorder(input: ModelInput, c: Int, y: Int)

    /** The same of so many bytes, from [left] on. */
    abstract fun put(input: ModelInput, c: Int, y: Int, bytes: IntArray, left: Int, count: Int)

    protected fun first(c: Int, y: Int) = (c * inputHeight + y) * inputWidth

    companion object {
        fun of(table: Array<FloatArray>, normalization: Normalization, inputWidth: Int, inputHeight: Int): InputRows {
            val steps = normalization.steps ?: return FloatRows(table, normalization.padValue, inputWidth, inputHeight)
            val numbers = Array(CHANNELS) { c -> ByteArray(table[c].size) { steps.nearest(table[c][it]) } }
            return ByteRows(numbers, normalization.padValue, inputWidth, inputHeight)
        }
    }
}

private class FloatRows(private val table: Array<FloatArray>, padValue: Int, inputWidth: Int, inputHeight: Int) :
    InputRows(inputWidth, inputHeight) {
    private val values = Array(CHANNELS) { FloatArray(inputWidth) }
    private val border = Array(CHANNELS) { c -> FloatArray(inputWidth) { table[c][padValue] } }

    override fun clear() = values.forEachIndexed { c, row -> border[c].copyInto(row) }

    override fun putBorder(input: ModelInput, c: Int, y: Int) = putRow(input, c, y, border[c])

    override fun put(input: ModelInput, c: Int, y: Int, bytes: IntArray, left: Int, count: Int) {
        lookUp(bytes, table[c], values[c], left, count)
        putRow(input, c, y, values[c])
    }

    private fun putRow(input: ModelInput, c: Int, y: Int, row: FloatArray) {
        input.floats.moveTo(first(c, y))
        input.floats.put(row)
    }
}

private class ByteRows(private val table: Array<ByteArray>, padValue: Int, inputWidth: Int, inputHeight: Int) :
    InputRows(inputWidth, inputHeight) {
    private val numbers = Array(CHANNELS) { ByteArray(inputWidth) }
    private val border = Array(CHANNELS) { c -> ByteArray(inputWidth) { table[c][padValue] } }

    override fun clear() = numbers.forEachIndexed { c, row -> border[c].copyInto(row) }

    override fun putBorder(input: ModelInput, c: Int, y: Int) = putRow(input, c, y, border[c])

    override fun put(input: ModelInput, c: Int, y: Int, bytes: IntArray, left: Int, count: Int) {
        lookUp(bytes, table[c], numbers[c], left, count)
        putRow(input, c, y, numbers[c])
    }

    private fun putRow(input: ModelInput, c: Int, y: Int, row: ByteArray) {
        input.bytes.moveTo(first(c, y))
        input.bytes.put(row)
    }
}

/** From so many pixels on: one of their bytes. Apart from looking it up, since compilers vectorise this by themselves. */
internal fun extractByte(pixels: IntArray, first: Int, shift: Int, bytes: IntArray, count: Int) {
    for (x in 0 until count) bytes[x] = (pixels[first + x] ushr shift) and 0xFF
}

private fun lookUp(bytes: IntArray, table: FloatArray, values: FloatArray, left: Int, count: Int) {
    for (x in 0 until count) values[left + x] = table[bytes[x]]
}

private fun lookUp(bytes: IntArray, table: ByteArray, numbers: ByteArray, left: Int, count: Int) {
    for (x in 0 until count) numbers[left + x] = table[bytes[x]]
}

// By way of Buffer: newer platforms have `FloatBuffer position(int)` of their own, which older ones lack.

private fun Buffer.moveTo(position: Int) {
    position(position)
}
