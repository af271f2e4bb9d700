package vision.parity

import vision.Candidate
import vision.ModelInfo
import vision.Numbers
import vision.Thresholds
import vision.decode
import vision.head

/** Of tasks whose boxes are upright; detection has nothing beside them. */
internal open class UprightStages(info: ModelInfo, tolerances: Tolerances) : BoxStages(info, tolerances) {
    private val head = info.head()

    override fun decode(outputs: Array<Numbers>, thresholds: Thresholds) = decode(head, outputs, thresholds)

    override fun choose(candidates: List<Candidate>, picture: Picture) =
        head.contract.choose(candidates, picture.thresholds)
}
