package vision.parity

import vision.BoxContract
import vision.Candidate
import vision.Layout
import vision.ModelInfo
import vision.Numbers
import vision.Preprocessor
import vision.Thresholds
import vision.VisionResult

/** Corners from the same numbers: float32 sums in another order, at coordinates up to a few thousand pixels. */
private const val DECODE_TOLERANCE = 0.01

/** Where a candidate's numbers are in the outputs of a model with boxes. */
internal val ModelInfo.layout get() = (contract as BoxContract).layout

/**
 * The stages of every task with boxes. A task says what its candidates are and how they are chosen, and what it has beside
 * boxes and classes.
 */
internal abstract class BoxStages(protected val info: ModelInfo, protected val tolerances: Tolerances) : TaskStages() {
    private val raw = if (info.layout == Layout.LEVELS) {
        Stage("raw", tolerances.raw, "logits, strides", needsModel = true)
    } else {
        Stage("raw", tolerances.score, "score", needsModel = true)
    }
    private val decode = Stage("decode", DECODE_TOLERANCE, "px of the input")
    private val nms = Stage("nms", 0.0, "differences")
    private val boxes = Stage("boxes", tolerances.corner, "px", needsModel = true)
    private val postprocessor = info.task.postprocessor(info, shownClasses = null) // all classes, as PyTorch was asked

    /** Those that only this task has. */
    protected open val more: List<Stage> get() = emptyList()

    final override val stages get() = listOf(raw, decode, nms, boxes) + more

    abstract fun decode(outputs: Array<Numbers>, thresholds: Thresholds): List<Candidate>

    /** Which of PyTorch's candidates are shown. */
    abstract fun choose(candidates: List<Candidate>, picture: Picture): List<Candidate>

    /** How far number [value] of what a candidate has beside box and classes may be off, of outputs without levels. */
    open fun tolerance(value: Int): Double = 0.0

    /** A candidate that both sides have: [ours], and [their] place in the vectors. */
    open fun compareDecoded(picture: Picture, outputs: Array<Numbers>, ours: Candidate, their: Int, decode: Stage) =
        Unit

    /** Compares values of the vectors that need no model. */
    open fun compareMore(picture: Picture) = Unit

    /** How far two boxes in the same place lie apart in what the task has beside them. */
    open fun apart(picture: Picture, ours: VisionResult, our: Int, their: Int): Double = 0.0

    /** Compares the results. pairs: places of the same box, ours and the vectors'. */
    open fun compareShown(picture: Picture, ours: VisionResult, pairs: List<Pair<Int, Int>>) = Unit

    override fun compare(picture: Picture, preprocessor: Preprocessor, model: Model?) {
        compareDecode(info, picture, this, decode)
        compareNms(picture, this, nms)
        compareMore(picture)
        if (model != null) compareModel(picture, preprocessor, model)
        if (picture.has("boxes.score")) shown += picture.floats("boxes.score").size
    }

    private fun compareModel(picture: Picture, preprocessor: Preprocessor, model: Model) {
        val input = preprocessor.newInput()
        val plan = preprocessor.toTensor(viewOf(picture), input)
        val outputs = model.run(input)
        compareRaw(info, outputs, picture, tolerances, this, raw)
        if (!picture.has("boxes.box")) return
        compareBoxes(info, postprocessor.run(outputs, plan, picture.thresholds), picture, tolerances, this, boxes)
    }
}
