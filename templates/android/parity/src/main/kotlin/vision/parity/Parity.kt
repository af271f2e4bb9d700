package vision.parity

import vision.ModelInfo
import vision.Program

/**
 * Compares this app with PyTorch: every stage with the golden vectors, from the letterbox to the result of the whole chain
 * through the real model.
 */
class Parity(
    private val info: ModelInfo,
    private val vectors: GoldenVectors,
    /** An extra program, with its own tolerances and pictures. */
    private val program: Program? = null
) {
    /** Without a model, the stages that need one compare nothing. */
    fun run(model: Model?): Report {
        val tolerances = vectors.tolerances.with(program?.tolerances.orEmpty())
        val constants = Stage("constants", 0.0, "differences")
        val letterbox = Stage("letterbox", tolerances.letterbox, "of 255")
        val tensor = Stage("tensor", tolerances.tensor, "")
        val task = taskStages(info, tolerances)
        compareConstants(info, vectors, constants)
        val preprocessor = info.preprocessor()
        val names = program?.pictures.orEmpty()
        var images = 0
        for (i in 0 until vectors.size) {
            val picture = vectors.picture(i)
            if (names.isNotEmpty() && picture.name !in names) continue
            images++
            compareLetterbox(picture, preprocessor, letterbox)
            compareTensor(picture, preprocessor, tensor)
            task.compare(picture, preprocessor, model)
        }
        val stages = listOf(constants, letterbox, tensor) + task.stages
        return Report(stages, images, task.shown, info.task.shows, info.comparedWith)
    }
}
