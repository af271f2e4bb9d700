package vision.parity

import vision.Candidates
import vision.Choice
import vision.Decoder
import vision.Kept
import vision.ModelInfo
import vision.Numbers
import vision.Thresholds
import vision.head

/** Of tasks whose boxes are upright; detection has nothing beside them. */
internal open class UprightStages(info: ModelInfo, tolerances: Tolerances) : BoxStages(info, tolerances) {
    private val decoder = Decoder(info.head())
    private val choice = Choice(info.head())

    /** What [decode] gave last. */
    protected var found = Candidates()
        private set

    override fun decode(outputs: Array<Numbers>, thresholds: Thresholds): Candidates {
        val (confidence, _, maxDetections, agnostic) = thresholds
        found = decoder.decode(outputs, confidence, null, maxDetections, agnostic)
        return found
    }

    override fun choose(candidates: Candidates, picture: Picture): Kept = choice.run(candidates, picture.thresholds)
}
