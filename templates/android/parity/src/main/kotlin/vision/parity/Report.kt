package vision.parity

import org.json.JSONArray
import org.json.JSONObject

/** One stage over all pictures. [needsModel]: without one it compares nothing. */
class Stage(val name: String, val tolerance: Double, val unit: String, val needsModel: Boolean = false) {
    /** The largest difference. */
    var worst = 0.0
        private set
    var compared = 0
        private set

    /** What a difference cannot say. */
    val problems = mutableListOf<String>()

    val passed get() = problems.isEmpty() && worst <= tolerance

    /** The vectors held nothing for it, or there was no model. */
    val isMissing get() = compared == 0 && problems.isEmpty()

    /** Adds one comparison. NaN counts as an infinite difference. */
    fun add(difference: Double) {
        ++compared
        worst = maxOf(worst, if (difference.isNaN()) Double.POSITIVE_INFINITY else difference)
    }

    /** Takes note of comparisons that a digest has made. */
    internal fun addEqual(count: Int) {
        compared += count
    }
}

/** What parity found, stage by stage. */
class Report(
    val stages: List<Stage>,
    val images: Int,
    /** That the vectors have, over all pictures. */
    val detections: Int,
    /** What they are. */
    private val shows: String = "boxes",
    /** Whose numbers the vectors are. */
    val comparedWith: String = "PyTorch"
) {
    /** No stage failed, and at least one compared something. */
    val passed get() = stages.any { !it.isMissing } && stages.all { it.passed }

    /** The stages that compared nothing. */
    val missing get() = stages.filter { it.isMissing }.map { it.name }

    val problems get() = stages.flatMap { stage -> stage.problems.map { "${stage.name}: $it" } }

    /** For programs, with the keys that edgegen's parity reports have on every platform. */
    fun toJson(): String {
        val report = JSONObject()
        report.put("passed", passed)
        val list = JSONArray()
        for (stage in stages) {
            val one = JSONObject()
            one.put("name", stage.name)
            one.put("passed", stage.passed)
            one.put("worst", if (stage.worst.isInfinite()) JSONObject.NULL else stage.worst)
            one.put("tolerance", stage.tolerance)
            one.put("unit", stage.unit)
            one.put("compared", stage.compared)
            list.put(one)
        }
        report.put("stages", list)
        report.put("images", images)
        report.put("detections", detections)
        report.put("missing", JSONArray(missing))
        report.put("problems", JSONArray(problems))
        return report.toString()
    }

    /** For people. Not `toString`, which stays in an app that never asks for it. */
    fun inWords(): String {
        val text = StringBuilder()
        for (stage in stages) {
            val verdict = when {
                stage.isMissing -> "not compared"
                stage.passed -> "passed"
                else -> "FAILED"
            }
            text.append("${stage.name}: $verdict, worst ${stage.worst} of ${stage.tolerance} ${stage.unit}".trimEnd())
            text.append(" (${stage.compared} compared)\n")
            for (problem in stage.problems.take(PROBLEMS_SHOWN)) text.append("    $problem\n")
            val left = stage.problems.size - PROBLEMS_SHOWN
            if (left > 0) text.append("    ... and $left more\n")
        }
        val same = when {
            !passed -> "NOT the same as $comparedWith"
            missing.isEmpty() -> "the same as $comparedWith"
            else -> "the same as $comparedWith, as far as was compared"
        }
        return text.append("pictures: $images, $shows: $detections; $same\n").toString()
    }
}

private const val PROBLEMS_SHOWN = 5 // a stage
