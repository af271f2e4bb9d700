package vision

/**
 * A part of Pillow's `resize` of 8-bit pictures, bit for bit: an antialiased filter along each axis, and bytes between them.
 *
 * Axes are those of the stored picture, which may be on its side: x here may be y of the upright one.
 * [columns] and [rows]: the taps of the wanted part. Not thread-safe: one for each thread.
 */
internal class PillowResize(private val columns: PillowTaps, private val rows: PillowTaps) {
    private val stored = StoredRows()
    private var row = IntArray(0)

    /** Between the axes: packed pixels. Along x first: all rows that are needed; along y first: one row. */
    private var between = IntArray(0)
    private val sums = Array(CHANNELS) { IntArray(columns.end) }

    /** Writes each wanted pixel, packed, red lowest; [stepX], [stepY]: how far apart neighbours are in [pixels]. */
    fun resize(image: PixelView, alongXFirst: Boolean, pixels: IntArray, stepX: Int, stepY: Int) {
        prepare(image, alongXFirst)
        for (y in 0 until rows.size) {
            if (!alongXFirst) sumRows(image, y)
            for (x in 0 until columns.size) {
                pixels[x * stepX + y * stepY] = if (alongXFirst) sumColumn(x, y) else sumRow(between, x)
            }
        }
    }

    private fun prepare(image: PixelView, alongXFirst: Boolean) {
        if (row.size < image.width) row = IntArray(image.width)
        val needed = if (alongXFirst) (rows.end - rows.start) * columns.size else columns.end
        if (between.size < needed) between = IntArray(needed)
        if (!alongXFirst) return
        for (y in rows.start until rows.end) {
            stored.read(image, y, row)
            val at = (y - rows.start) * columns.size
            for (x in 0 until columns.size) between[at + x] = sumRow(row, x)
        }
    }

    /** Place [x] along x of a row. */
    private fun sumRow(row: IntArray, x: Int): Int {
        val first = columns.first[x]
        val weights = x * columns.most
        var red = HALF
        var green = HALF
        var blue = HALF
        for (k in 0 until columns.count[x]) {
            val pixel = row[first + k]
            val weight = columns.weight[weights + k]
            red += (pixel and BYTE) * weight
            green += (pixel ushr GREEN_SHIFT and BYTE) * weight
            blue += (pixel ushr BLUE_SHIFT and BYTE) * weight
        }
        return pack(red, green, blue)
    }

    /** Place [x], [y] of what has been resized along x. */
    private fun sumColumn(x: Int, y: Int): Int {
        val weights = y * rows.most
        var at = (rows.first[y] - rows.start) * columns.size + x
        var red = HALF
        var green = HALF
        var blue = HALF
        for (k in 0 until rows.count[y]) {
            val pixel = between[at]
            val weight = rows.weight[weights + k]
            red += (pixel and BYTE) * weight
            green += (pixel ushr GREEN_SHIFT and BYTE) * weight
            blue += (pixel ushr BLUE_SHIFT and BYTE) * weight
            at += columns.size
        }
        return pack(red, green, blue)
    }

    /** Place [y] along y of all columns that are needed. */
    private fun sumRows(image: PixelView, y: Int) {
        val (red, green, blue) = sums
        for (sum in sums) sum.fill(HALF)
        for (k in 0 until rows.count[y]) {
            stored.read(image, rows.first[y] + k, row)
            val weight = rows.weight[y * rows.most + k]
            addChannel(row, 0, weight, red, columns.start, columns.end)
            addChannel(row, GREEN_SHIFT, weight, green, columns.start, columns.end)
            addChannel(row, BLUE_SHIFT, weight, blue, columns.start, columns.end)
        }
        for (x in columns.start until columns.end) between[x] = pack(red[x], green[x], blue[x])
    }
}

/**
 * The taps of Pillow's bilinear or bicubic filter along one axis, for the places [from] until [from] + [size] of [target]
 * ones. [isFlipped]: the stored picture has this axis the other way round; places count along the upright one.
 */
internal class PillowTaps(
    source: Int,
    target: Int,
    from: Int,
    val size: Int,
    isFlipped: Boolean,
    isBicubic: Boolean = false
) {
    private val scale = source.toDouble() / target
    private val stretch = maxOf(scale, 1.0) // antialiased only where it shrinks
    private val support = (if (isBicubic) 2 else 1) * stretch

    /** How many weights a place has at most. */
    val most = 2 * Math.ceil(support).toInt() + 1
    val first = IntArray(size)
    val count = IntArray(size)

    /** (size, most), of [WEIGHT_BITS] bits */
    val weight = IntArray(size * most)

    /** All that is needed of the stored axis. */
    val start: Int
    val end: Int

    init {
        val shares = DoubleArray(most)
        for (i in 0 until size) {
            val centre = (from + i + 0.5) * scale
            val low = maxOf((centre - support + 0.5).toInt(), 0)
            val high = minOf((centre + support + 0.5).toInt(), source)
            var sum = 0.0
            for (x in low until high) {
                val distance = Math.abs((x - centre + 0.5) * (1.0 / stretch))
                shares[x - low] = if (isBicubic) bicubic(distance) else bilinear(distance)
                sum += shares[x - low]
            }
            count[i] = high - low
            first[i] = if (isFlipped) source - high else low
            for (k in 0 until count[i]) {
                val at = i * most + if (isFlipped) count[i] - 1 - k else k
                val share = shares[k] / sum * (1 shl WEIGHT_BITS)
                weight[at] = (share + if (share < 0) -0.5 else 0.5).toInt()
            }
        }
        start = first.indices.minOf { first[it] }
        end = first.indices.maxOf { first[it] + count[it] }
    }
}

internal const val BYTE = 0xFF
private const val GREEN_SHIFT = 8
private const val BLUE_SHIFT = 16
private const val WEIGHT_BITS = 22
private const val HALF = 1 shl (WEIGHT_BITS - 1)
private const val SHARPNESS = -0.5 // of the bicubic filter: Keys' a

private fun bilinear(distance: Double): Double = if (distance < 1) 1 - distance else 0.0

private fun bicubic(distance: Double): Double = when {
    distance < 1 -> ((SHARPNESS + 2) * distance - (SHARPNESS + 3)) * distance * distance + 1
    distance < 2 -> (((distance - 5) * distance + 8) * distance - 4) * SHARPNESS
    else -> 0.0
}

private fun pack(red: Int, green: Int, blue: Int): Int =
    byteOf(red) or (byteOf(green) shl GREEN_SHIFT) or (byteOf(blue) shl BLUE_SHIFT)

/** Bicubic weights can be negative: a sum can be below 0 or above 255. */
private fun byteOf(sum: Int): Int = (sum shr WEIGHT_BITS).coerceIn(0, BYTE)

/** Plain arithmetic on neighbours: compilers vectorise this. */
private fun addChannel(row: IntArray, shift: Int, weight: Int, sums: IntArray, start: Int, end: Int) {
    for (x in start until end) sums[x] += (row[x] ushr shift and BYTE) * weight
}
