package vision.capture

import java.nio.FloatBuffer
import vision.Thresholds
import vision.VisionResult

/** What one picture became inside of a detector: copies, made on the way. A detector that is given none copies nothing. */
class Trace {
    /** As the model was given it, before it ran. */
    var input = FloatArray(0)
        private set

    /** As the model gave them, in its order, before anything was made of them. */
    var outputs = emptyList<FloatArray>()
        private set

    fun takeInput(tensor: FloatBuffer) {
        val all = tensor.duplicate()
        all.clear()
        input = FloatArray(all.remaining()).also { all.get(it) }
    }

    fun takeOutputs(outputs: Array<FloatArray>) {
        this.outputs = outputs.map { it.copyOf() }
    }
}

/** All that became of one picture. found: by the detector; shown: what the result processors left of it. */
class Seen(val trace: Trace, val thresholds: Thresholds, val found: VisionResult, val shown: VisionResult)
