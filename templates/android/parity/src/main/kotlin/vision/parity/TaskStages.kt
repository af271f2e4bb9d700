package vision.parity

import vision.VisionResult

/** What a task holds against the vectors beside boxes and classes: nothing, where there are only these. */
open class TaskStages {
    open val stages: List<Stage> get() = emptyList()

    /** How far number [value] of what a candidate has beside box and classes may be off, of outputs without levels. */
    open fun tolerance(value: Int): Double = 0.0

    /** A candidate that both sides have. index: its own, in [outputs]; number: its place in the vectors. */
    open fun compareDecoded(picture: Picture, outputs: Array<FloatArray>, index: Int, number: Int, decode: Stage) = Unit

    /** What is shown. pairs: places of the same box, ours and the vectors'. */
    open fun compareShown(picture: Picture, ours: VisionResult, pairs: List<Pair<Int, Int>>) = Unit
}
