package vision

import java.util.Locale
import kotlin.math.exp

/** One class for the whole picture: how probable each one is. */
object ClassifyTask : Task {
    override val name = "classify"
    override val shows = "rankings of classes"

    override fun postprocessor(info: ModelInfo, shownClasses: BooleanArray?) =
        ClassifyPostprocessor(isLogits = info.contract == LogitsContract, shownClasses)
}

/** One tensor (1, classes), after the softmax. */
object ProbabilitiesContract : Contract {
    override val name = "probabilities"
}

/** How probable it is that a class is what the picture shows, 0 to 1. */
data class ClassScore(val classId: Int, val score: Float)

/** [classes]: the most probable ones, best first. There are no boxes. */
data class ClassifyResult(override val width: Int, override val height: Int, val classes: List<ClassScore>) :
    VisionResult {
    override val boxes get() = emptyList<Detection>()

    override fun filter(keep: (Detection) -> Boolean) = this

    override fun rows() = classes.map { mapOf("class_id" to it.classId, "score" to it.score) }

    /** The most probable class, and how probable it is. */
    override fun inWords(names: List<String>) =
        classes.firstOrNull()?.let { String.format(Locale.ROOT, "%s %.2f", names[it.classId], it.score) }.orEmpty()

    /** The class alone. */
    override fun news(names: List<String>) = classes.firstOrNull()?.let { names[it.classId] }.orEmpty()
}

/**
 * The most probable classes. isLogits: the model leaves the softmax to us. keepClass: for each class whether it is shown;
 * null: all. How many are shown is the limit on detections; no other threshold counts.
 */
class ClassifyPostprocessor(private val isLogits: Boolean, private val keepClass: BooleanArray? = null) :
    Postprocessor {
    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): ClassifyResult {
        val probabilities = outputs[0].values()
        if (isLogits) softmax(probabilities)
        for (i in probabilities.indices) if (probabilities[i].isNaN()) probabilities[i] = 0f
        val classes = probabilities.indices
            .filter { keepClass == null || keepClass[it] }
            .sortedBy { 0f - probabilities[it] }
            .take(maxOf(thresholds.maxDetections, 0))
            .map { ClassScore(it, probabilities[it]) }
        return ClassifyResult(plan.sourceWidth, plan.sourceHeight, classes)
    }
}

/** Replaces logits by probabilities. The highest logit is subtracted first, so that no exponential is infinite. */
private fun softmax(values: FloatArray) {
    val highest = values.fold(Float.NEGATIVE_INFINITY) { highest, value -> if (value > highest) value else highest }
    for (i in values.indices) values[i] = exp(values[i] - highest)
    val sum = values.fold(0f, Float::plus)
    for (i in values.indices) values[i] /= sum
}
