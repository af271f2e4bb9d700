package vision.parity

import kotlin.math.abs
import vision.DepthResult
import vision.ModelInfo
import vision.Preprocessor

/** What the model gives, and the distance of every pixel, each as a share of the right one. */
internal class DepthStages(info: ModelInfo, tolerances: Tolerances) : TaskStages() {
    private val raw = Stage("raw", tolerances["relative"], "of it", needsModel = true)
    private val map = Stage("depth", tolerances["relative"], "of it", needsModel = true)
    private val postprocessor = info.task.postprocessor(info, shownClasses = null)

    override val stages get() = listOf(raw, map)

    override fun compare(picture: Picture, preprocessor: Preprocessor, model: Model?) {
        if (picture.has("depth.value")) ++shown
        if (model == null) return
        val input = preprocessor.newInput()
        val plan = preprocessor.toTensor(viewOf(picture), input)
        val outputs = model.run(input)
        compareSamples(picture, "raw.sample", raw, outputs[0].size, ::relative) { outputs[0][it] }
        val ours = postprocessor.run(outputs, plan, picture.thresholds) as DepthResult
        compareSamples(picture, "depth", map, ours.width * ours.height, ::relative) { ours.map.values[it] }
        ours.recycle()
    }

    private fun relative(ours: Float, right: Float): Double {
        val difference = abs(ours.toDouble() - right)
        return if (difference == 0.0) 0.0 else difference / abs(right.toDouble())
    }
}
