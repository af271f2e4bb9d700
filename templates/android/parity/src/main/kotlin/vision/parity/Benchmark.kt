package vision.parity

import vision.PixelView

/** What the stages took, in nanoseconds. */
class Timing(val letterbox: Long, val model: Long, val postprocess: Long) {
    val total get() = letterbox + model + postprocess
}

/** How fast a model is on this device, on a picture of the golden vectors. */
class Benchmark(picture: Picture, private val runs: Int) {
    private val view = viewOf(picture)

    /** The medians of many runs of [detect], which looks at a picture and may throw to end it all. */
    fun run(detect: (PixelView) -> Timing): Timing {
        detect(view) // the first one takes longer
        val timings = List(runs) { detect(view) }
        return Timing(
            median(timings.map { it.letterbox }),
            median(timings.map { it.model }),
            median(timings.map { it.postprocess })
        )
    }

    companion object {
        /** These [usual] numbers of threads and half of the cores, without those that this device does not have. */
        fun threadCounts(usual: List<Int>, cores: Int): List<Int> =
            (usual + cores / 2).filter { it in 1..cores }.distinct().sorted()

        fun median(values: List<Long>): Long {
            val sorted = values.sorted()
            val middle = sorted.size / 2
            return if (sorted.size % 2 == 1) sorted[middle] else (sorted[middle - 1] + sorted[middle]) / 2
        }
    }
}
