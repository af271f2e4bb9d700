package vision.parity

import java.util.Locale
import vision.ModelInfo
import vision.Numbers
import vision.Program

/** The verdict on an extra program. [worst]: the largest difference of the result, in [unit]. */
class Verdict(val worst: Double, val unit: String, val pictures: Int, val problem: String) {
    /** Whether its results are those of the reference. */
    val passed get() = problem.isEmpty()
}

/** Whether a value is not a number. */
fun Numbers.hasNaN(): Boolean {
    for (value in floats) if (value.isNaN()) return true
    return false
}

/** Compares an extra program with the golden vectors, within its own tolerances. */
class Trial(private val info: ModelInfo, private val vectors: GoldenVectors, private val program: Program) {
    /** Throws what [model] throws. */
    fun prove(model: Model): Verdict {
        var hasNaN = false
        val report = Parity(info, vectors, program).run { input ->
            model.run(input).also { outputs -> hasNaN = hasNaN || outputs.any { it.hasNaN() } }
        }
        val result = resultOf(report)
        val problem = when {
            hasNaN -> "an output is not a number"
            result.isMissing -> "no result was compared"
            else -> problemOf(report)
        }
        return Verdict(result.worst, result.unit, report.images, problem)
    }

    /** The first stage after the model's raw outputs that needs the model: boxes, classes or a map. */
    private fun resultOf(report: Report) = report.stages.filter { it.needsModel }[1]

    private fun problemOf(report: Report): String {
        val failed = report.stages.filter { !it.passed }
        if (failed.isEmpty()) return ""
        // The result first: it is what the user sees
        val stage = failed.find { it === resultOf(report) } ?: failed.first()
        return stage.problems.firstOrNull() ?: differenceOf(stage)
    }

    private fun differenceOf(stage: Stage): String {
        val worst = String.format(Locale.ROOT, "%.3g", stage.worst)
        return "${stage.name}: differs by $worst ${stage.unit}".trimEnd()
    }
}
