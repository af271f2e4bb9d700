package vision.parity

import vision.ModelInput
import vision.Numbers
import vision.Preprocessor

/** The model itself, as the app runs it. */
fun interface Model {
    /** Returns every output, in the model's order; valid until the next call. */
    fun run(input: ModelInput): Array<Numbers>
}

/** The stages of a task that are compared with the vectors, between the model's input and the result. */
internal abstract class TaskStages {
    abstract val stages: List<Stage>

    /** How many results PyTorch has in the pictures so far. */
    var shown = 0
        protected set

    /** Compares one picture with the vectors. model: null: without the stages that need one. */
    abstract fun compare(picture: Picture, preprocessor: Preprocessor, model: Model?)
}
