package vision

/** A class for every pixel of the picture. */
object SemanticTask : Task {
    override val name = "semantic"
    override val shows = "class maps"

    override fun postprocessor(info: ModelInfo, shownClasses: BooleanArray?): SemanticPostprocessor {
        val (_, count, height, width) = info.outputShapes[0]
        val logits = DenseMap(count, width, height, info.inputWidth, info.inputHeight, corners = false)
        return SemanticPostprocessor(logits, count, shownClasses)
    }
}

/** How much of the picture has this value in its [ClassMap], 0 to 1. */
data class ClassShare(val value: Int, val share: Float)

/**
 * The class of every pixel of a picture, [width] x [height], row by row: its number. Of a model of one class, 1 is that class
 * and 0 none. [NO_CLASS]: one that is not shown.
 */
class ClassMap(val width: Int, val height: Int, private val isOneClass: Boolean, private val memory: ClassMapMemory) {
    /** At least as many as there are pixels. */
    val values: ShortArray get() = memory.values

    /** Returns the class number of a value; below 0: none. */
    fun classOf(value: Int): Int = if (isOneClass) value - 1 else value

    /** The value of a pixel as it is in JSON and in pictures. */
    internal fun valueAt(pixel: Int): Int = if (values[pixel] == NO_CLASS) IGNORED else values[pixel].toInt()

    /** See [VisionResult.recycle]. */
    fun recycle() = memory.free()

    /** Lengths of runs of equal values, row by row, and those values. */
    fun runs(): Pair<List<Int>, List<Int>> {
        val lengths = mutableListOf<Int>()
        val found = mutableListOf<Int>()
        var first = 0
        for (i in 1..width * height) {
            if (i < width * height && values[i] == values[first]) continue
            lengths += i - first
            found += valueAt(first)
            first = i
        }
        return Pair(lengths, found)
    }

    companion object {
        const val NO_CLASS: Short = -1
        private const val IGNORED = 255 // what [NO_CLASS] is in JSON, as Ultralytics has it
    }
}

/** Memory for the class map of one picture. */
class ClassMapMemory : Reusable() {
    var values = ShortArray(0)
        private set

    /** Makes room for [size] values. Room for more than twice as many, as after a photo, is not kept. */
    fun reserve(size: Int) {
        if (values.size < size || values.size / 2 > size) values = ShortArray(size)
    }
}

/** [classes]: those that are in the [map], the largest first. There are no boxes. */
data class SemanticResult(
    override val width: Int,
    override val height: Int,
    val classes: List<ClassShare>,
    val map: ClassMap
) : VisionResult {
    override val boxes get() = emptyList<Detection>()

    override fun filter(keep: (Detection) -> Boolean) = this

    override fun recycle() = map.recycle()

    override fun rows(): List<Map<String, Any>> {
        val (lengths, values) = map.runs()
        return listOf(
            mapOf(
                "classes" to classes.map { mapOf("class_id" to it.value, "share" to it.share) },
                "map" to mapOf("size" to listOf(height, width), "runs" to lengths, "values" to values)
            )
        )
    }

    override fun nameOf(classId: Int, names: List<String>) = map.classOf(classId).let { if (it < 0) "" else names[it] }

    override fun greys() = Greys(bytes = 1) { map.valueAt(it) }

    override fun inWords(names: List<String>) =
        classes.map { map.classOf(it.value) }.filter { it >= 0 }.joinToString { names[it] }

    /** Which classes have more than specks, whichever is the largest. */
    override fun news(names: List<String>) =
        classes.filter { it.share >= SPECK }.map { map.classOf(it.value) }.filter { it >= 0 }.sorted().joinToString()

    private companion object {
        const val SPECK = 0.01f // of the picture
    }
}

/**
 * The best class of every pixel: of equal ones the lower, and what is no number is below all numbers. A model of one class
 * finds it where its logit is above 0. [count] logits a pixel. keepClass: for each class whether it is shown; null: all. No
 * threshold counts.
 */
class SemanticPostprocessor(
    private val logits: DenseMap,
    private val count: Int,
    private val keepClass: BooleanArray? = null
) : Postprocessor {
    private val pool = Pool(::ClassMapMemory)
    private val isOneClass = count == 1
    private val pixels = IntArray(maxOf(count, 2)) // of each value

    // Of one row of the picture
    private var best = FloatArray(0)
    private var others = FloatArray(0)

    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): SemanticResult {
        val width = plan.sourceWidth
        val height = plan.sourceHeight
        if (best.size != width) best = FloatArray(width)
        if (others.size != width) others = FloatArray(width)
        val memory = pool.take()
        memory.reserve(width * height)
        logits.start(outputs[0].floats, plan)
        for (y in 0 until height) chooseRow(y, width, memory.values)
        val map = ClassMap(width, height, isOneClass, memory)
        return SemanticResult(width, height, count(memory.values, width * height), map)
    }

    private fun chooseRow(y: Int, width: Int, values: ShortArray) {
        val first = y * width
        values.fill(0, first, first + width)
        best.fill(if (isOneClass) 0f else Float.NEGATIVE_INFINITY)
        for (c in 0 until count) {
            logits.row(c, y, others)
            choose(others, best, (if (isOneClass) 1 else c).toShort(), values, first)
        }
    }

    /** Returns the share of each shown class. Removes the others from the map. */
    private fun count(values: ShortArray, size: Int): List<ClassShare> {
        pixels.fill(0)
        for (i in 0 until size) {
            val value = values[i].toInt()
            if (isShown(value)) ++pixels[value] else values[i] = ClassMap.NO_CLASS
        }
        return pixels.indices.filter { pixels[it] > 0 }
            .map { ClassShare(it, pixels[it].toFloat() / size) }
            .sortedByDescending { it.share }
    }

    /** There is nothing to choose of one class: 0 is where it is not. */
    private fun isShown(value: Int) = isOneClass || keepClass == null || keepClass[value]
}

private fun choose(others: FloatArray, best: FloatArray, value: Short, values: ShortArray, first: Int) {
    for (x in best.indices) {
        if (others[x] > best[x]) {
            best[x] = others[x]
            values[first + x] = value
        }
    }
}
