package vision

import java.util.Locale

/** A distance for every pixel of the picture, in the model's unit. */
object DepthTask : Task {
    override val name = "depth"
    override val shows = "depth maps"

    override fun postprocessor(info: ModelInfo, shownClasses: BooleanArray?): DepthPostprocessor {
        val (_, count, height, width) = info.outputShapes[0]
        return DepthPostprocessor(DenseMap(count, width, height, info.inputWidth, info.inputHeight, corners = true))
    }
}

/** One tensor (1, 1, H, W): distances. */
object DepthContract : Contract {
    override val name = "depth"
}

/** The distance of every pixel of a picture, [width] x [height], row by row; one may be infinite, or no number. */
class DepthMap(val width: Int, val height: Int, private val memory: DepthMapMemory) {
    /** At least as many as there are pixels. */
    val values: FloatArray get() = memory.values

    /** See [VisionResult.recycle]. */
    fun recycle() = memory.free()
}

/** Memory for the distances of one picture. */
class DepthMapMemory : Reusable() {
    var values = FloatArray(0)
        private set

    /** Makes room for [size] values. Room for more than twice as many, as after a photo, is not kept. */
    fun reserve(size: Int) {
        if (values.size < size || values.size / 2 > size) values = FloatArray(size)
    }
}

/** From the [lowest] distance in the [map] to the [highest]; neither is a number where no distance is one. There are no boxes. */
data class DepthResult(
    override val width: Int,
    override val height: Int,
    val lowest: Float,
    val highest: Float,
    val map: DepthMap
) : VisionResult {
    override val boxes get() = emptyList<Detection>()

    /** Whether there is any distance. */
    val isAny get() = lowest <= highest

    override fun filter(keep: (Detection) -> Boolean) = this

    override fun recycle() = map.recycle()

    override fun rows(): List<Map<String, Any>> {
        val values = mapOf("size" to listOf(height, width), "values" to map.values.copyOf(width * height))
        val ends = if (isAny) listOf(lowest, highest) else listOf(0f, 0f)
        return listOf(mapOf("min" to ends[0], "max" to ends[1], "map" to values))
    }

    /** From 0, the [lowest], to 65535, the [highest]; 0 also where there is none. */
    override fun greys(): Greys {
        val gain = if (lowest < highest) MOST_GREY / (highest.toDouble() - lowest) else 0.0
        return Greys(bytes = 2) { i ->
            val grey = Math.rint((map.values[i].toDouble() - lowest) * gain)
            if (grey in 0.0..MOST_GREY) grey.toInt() else 0
        }
    }

    /** In digits alone: what they are called depends on the language. */
    override fun inWords(names: List<String>) = if (isAny) "${tenths(lowest)} - ${tenths(highest)}" else ""

    /** Whether there is any: they are others in every frame. */
    override fun news(names: List<String>) = "$isAny"

    private companion object {
        const val MOST_GREY = 65535.0
    }
}

/** The distances, at the picture's size. No threshold counts. */
class DepthPostprocessor(private val distances: DenseMap) : Postprocessor {
    private val pool = Pool(::DepthMapMemory)
    private var row = FloatArray(0)

    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): DepthResult {
        val width = plan.sourceWidth
        val height = plan.sourceHeight
        if (row.size != width) row = FloatArray(width)
        val memory = pool.take()
        memory.reserve(width * height)
        distances.start(outputs[0].floats, plan)
        var lowest = Float.POSITIVE_INFINITY
        var highest = Float.NEGATIVE_INFINITY
        for (y in 0 until height) {
            distances.row(0, y, row)
            row.copyInto(memory.values, y * width)
            for (distance in row) {
                if (!distance.isFinite()) continue
                if (distance < lowest) lowest = distance
                if (distance > highest) highest = distance
            }
        }
        val isAny = lowest <= highest
        val map = DepthMap(width, height, memory)
        return DepthResult(width, height, if (isAny) lowest else Float.NaN, if (isAny) highest else Float.NaN, map)
    }
}

/** Digits that are the same in every language. */
private fun tenths(distance: Float) = String.format(Locale.ROOT, "%.1f", distance)
