package vision.capture

import vision.ModelInput
import vision.Numbers
import vision.Thresholds
import vision.VisionResult

/** What one picture became inside of a detector: copies, made on the way. A detector that is given none copies nothing. */
class Trace {
    /** As the model was given it; of int8 what it stands for, as of the outputs. */
    var input = FloatArray(0)
        private set

    /** As the model gave them, in its order, before anything was made of them. */
    var outputs = emptyList<FloatArray>()
        private set

    fun take(input: ModelInput, outputs: Array<Numbers>) {
        this.input = input.values()
        this.outputs = outputs.map { it.values() }
    }
}

/** All that became of one picture. found: by the detector; shown: what the result processors left of it. */
class Seen(val trace: Trace, val thresholds: Thresholds, val found: VisionResult, val shown: VisionResult)
