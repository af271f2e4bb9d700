package vision.parity

import vision.ModelInfo

/** Corners from the same numbers: float32 sums in another order, at coordinates up to a few thousand pixels. */
private const val DECODE_TOLERANCE = 0.01

/**
 * Does this app compute what PyTorch computed? Every stage is held against the golden vectors, from the letterbox to the
 * boxes that the whole chain shows through the real model.
 */
class Parity(private val info: ModelInfo, private val vectors: GoldenVectors) {
    /** Without a model, the stages that need one compare nothing. */
    fun run(model: Model?): Report {
        val tolerances = vectors.tolerances
        val constants = Stage("constants", 0.0, "differences")
        val letterbox = Stage("letterbox", tolerances.letterbox, "of 255")
        val tensor = Stage("tensor", tolerances.tensor, "")
        val raw = if (info.contract.hasLevels) {
            Stage("raw", tolerances.raw, "logits, strides")
        } else {
            Stage("raw", tolerances.score, "score")
        }
        val decode = Stage("decode", DECODE_TOLERANCE, "px of the input")
        val nms = Stage("nms", 0.0, "differences")
        val boxes = Stage("boxes", tolerances.corner, "px")
        val task = taskStages(info, tolerances)

        compareConstants(info, vectors, constants)
        val preprocessor = info.preprocessor()
        val postprocessor = info.task.postprocessor(info, shownClasses = null) // all classes, as PyTorch was asked
        var detections = 0
        for (i in 0 until vectors.size) {
            val picture = vectors.picture(i)
            compareLetterbox(picture, preprocessor, letterbox)
            compareTensor(picture, preprocessor, tensor)
            compareDecode(info, picture, task, decode)
            compareNms(info, picture, nms)
            if (model != null) {
                val input = newTensor(preprocessor)
                val plan = preprocessor.toTensor(viewOf(picture), input)
                val outputs = model.run(input)
                compareRaw(info, outputs, picture, tolerances, task, raw)
                if (picture.has("boxes.box")) {
                    val ours = postprocessor.run(outputs, plan, picture.thresholds)
                    compareBoxes(info, ours, picture, tolerances, task, boxes)
                }
            }
            if (picture.has("boxes.score")) detections += picture.floats("boxes.score").size
        }
        return Report(
            listOf(constants, letterbox, tensor, raw, decode, nms, boxes) + task.stages,
            vectors.size,
            detections
        )
    }
}
