package vision

/** Where one mask's pixels are: a part of the bitmap, outside of which nothing is set. [first]: of its rows' bytes. */
class MaskPart(val left: Int, val top: Int, val width: Int, val height: Int, val first: Int)

/**
 * Which pixels belong to each box: one bitmap for each, of [width] x [height] pixels, those of the model's input with the
 * letterboxed picture in it. Of each bitmap only the part is kept that may be set.
 */
class Masks(
    val width: Int,
    val height: Int,
    /** One for each box. */
    val parts: List<MaskPart>,
    private val memory: MaskMemory
) {
    /** Of all parts, one after the other, row by row; 1: belongs to the box. */
    val pixels: ByteArray get() = memory.bytes

    /**
     * To be called, from any thread, by who is sure that nobody will look at these pixels any more: their memory is then
     * used for the masks of a later picture. Who never calls it leaves them to the garbage collector.
     */
    fun recycle() = memory.free()

    /** The whole bitmap of one box, row by row; 1: belongs to the box. */
    fun bitmap(number: Int): ByteArray {
        val part = parts[number]
        val bitmap = ByteArray(width * height)
        for (y in 0 until part.height) {
            val from = part.first + y * part.width
            pixels.copyInto(bitmap, (part.top + y) * width + part.left, from, from + part.width)
        }
        return bitmap
    }

    /** Returns the bitmap of one box as lengths of runs, row by row: of pixels that are not set, then set, and so on. */
    fun runs(number: Int): List<Int> {
        val runs = mutableListOf<Int>()
        var value: Byte = 0
        var length = 0
        for (pixel in bitmap(number)) {
            if (pixel != value) {
                runs += length
                length = 0
                value = pixel
            }
            ++length
        }
        return runs + length
    }

    /** The same pixels, fewer parts of them. */
    internal fun slice(places: List<Int>) = Masks(width, height, parts.slice(places), memory)
}

/** Memory for the masks of one picture. */
class MaskMemory : Reusable() {
    var bytes = ByteArray(0)
        private set

    /** Makes room for [size] bytes; those that are there stay. */
    fun reserve(size: Int) {
        if (bytes.size < size) bytes = bytes.copyOf(maxOf(size, 2 * bytes.size))
    }
}
