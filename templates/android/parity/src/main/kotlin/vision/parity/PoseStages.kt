package vision.parity

import kotlin.math.abs
import vision.Candidate
import vision.KeypointRule
import vision.Keypoints
import vision.ModelInfo
import vision.Numbers
import vision.PoseResult
import vision.VisionResult
import vision.head
import vision.keypointsAt

/** Keypoints: as decoded, and as shown. */
internal class PoseStages(info: ModelInfo, tolerances: Tolerances) : UprightStages(info, tolerances) {
    private val rule = KeypointRule.of(info)
    private val keypoints = Stage("keypoints", tolerances["keypoint"], "px", needsModel = true)

    override val more get() = listOf(keypoints)

    override fun tolerance(value: Int) = if (value % rule.values < 2) tolerances["keypoint"] else tolerances.score

    override fun compareDecoded(picture: Picture, outputs: Array<Numbers>, ours: Candidate, their: Int, decode: Stage) {
        val keypoints = keypointsAt(info.head(), rule, outputs, ours.index)
        compare(picture, keypoints, picture.floats("decode.keypoint"), their, decode)
    }

    override fun apart(picture: Picture, ours: VisionResult, our: Int, their: Int): Double {
        val mine = numbers((ours as PoseResult).keypoints[our])
        val theirs = picture.floats("boxes.keypoint")
        return mine.indices.filter { it % NUMBERS < 2 }.maxOf { difference(mine, theirs, their, it) }
    }

    override fun compareShown(picture: Picture, ours: VisionResult, pairs: List<Pair<Int, Int>>) {
        val theirs = picture.floats("boxes.keypoint")
        for ((our, their) in pairs) {
            compare(picture, numbers((ours as PoseResult).keypoints[our]), theirs, their, keypoints)
        }
    }

    /** number: of the box in theirs. */
    private fun compare(picture: Picture, ours: FloatArray, theirs: FloatArray, number: Int, stage: Stage) {
        for (i in ours.indices) {
            val difference = difference(ours, theirs, number, i)
            if (i % NUMBERS < 2) {
                stage.add(difference)
            } else if (!(difference <= tolerances.score)) {
                stage.problems += "${picture.name}: the score of a keypoint is off by $difference"
            }
        }
    }

    private fun difference(ours: FloatArray, theirs: FloatArray, number: Int, i: Int) =
        abs(ours[i].toDouble() - theirs[number * ours.size + i])

    private fun numbers(points: Keypoints) =
        (0 until points.size).flatMap { listOf(points.x(it), points.y(it), points.score(it)) }.toFloatArray()
}

private const val NUMBERS = 3 // x, y, score
