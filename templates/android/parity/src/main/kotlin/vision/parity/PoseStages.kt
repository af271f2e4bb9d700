package vision.parity

import kotlin.math.abs
import vision.KeypointDecoder
import vision.KeypointRule
import vision.ModelInfo
import vision.PoseResult
import vision.VisionResult
import vision.head

/** Keypoints: as decoded, and as shown. */
internal class PoseStages(info: ModelInfo, private val tolerances: Tolerances) : TaskStages() {
    private val rule = KeypointRule.of(info)
    private val decoder = KeypointDecoder(info.head(), rule)
    private val shown = Stage("keypoints", tolerances["keypoint"], "px")

    override val stages get() = listOf(shown)

    override fun tolerance(value: Int) = if (value % rule.values < 2) tolerances["keypoint"] else tolerances.score

    override fun compareDecoded(picture: Picture, outputs: Array<FloatArray>, index: Int, number: Int, decode: Stage) =
        compare(picture, decoder.decode(outputs, index).copyOf(), picture.floats("decode.keypoint"), number, decode)

    override fun compareShown(picture: Picture, ours: VisionResult, pairs: List<Pair<Int, Int>>) {
        val theirs = picture.floats("boxes.keypoint")
        for ((our, their) in pairs) {
            val points = (ours as PoseResult).keypoints[our]
            val values = (0 until points.size).flatMap { listOf(points.x(it), points.y(it), points.score(it)) }
            compare(picture, values.toFloatArray(), theirs, their, shown)
        }
    }

    /** number: of the box in theirs. */
    private fun compare(picture: Picture, ours: FloatArray, theirs: FloatArray, number: Int, stage: Stage) {
        for (i in ours.indices) {
            val difference = abs(ours[i].toDouble() - theirs[number * ours.size + i])
            if (i % NUMBERS < 2) {
                stage.add(difference)
            } else if (!(difference <= tolerances.score)) {
                stage.problems += "${picture.name}: the score of a keypoint is off by $difference"
            }
        }
    }
}

private const val NUMBERS = 3 // x, y, score
