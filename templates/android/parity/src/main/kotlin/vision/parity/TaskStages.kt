package vision.parity

import vision.ModelInput
import vision.Numbers
import vision.Preprocessor

/** The model itself, as the app runs it. */
fun interface Model {
    /** Returns every output, in the model's order; valid until the next call. */
    fun run(input: ModelInput): Array<Numbers>
}

/** What a task holds against the vectors, between the model's input and what is shown. */
internal abstract class TaskStages {
    abstract val stages: List<Stage>

    /** How many things PyTorch shows in the pictures so far. */
    var shown = 0
        protected set

    /** Holds one picture against the vectors, as far as they go; what needs a model, only where there is one. */
    abstract fun compare(picture: Picture, preprocessor: Preprocessor, model: Model?)
}
