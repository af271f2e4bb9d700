package vision.parity

import kotlin.math.abs
import kotlin.math.min
import vision.Candidate
import vision.ModelInfo
import vision.Numbers
import vision.ObbResult
import vision.RotatedBox
import vision.Thresholds
import vision.VisionResult
import vision.chooseRotated
import vision.decodeRotated
import vision.head

/** The same arithmetic on the same numbers, in radians. */
private const val DECODED_ANGLE = 1e-4

/** A rectangle that is turned by this has its sides in the same place. The corners show which side is which. */
private const val QUARTER_TURN = Math.PI / 2

/** Rotated boxes: as decoded, chosen by a rule of their own, and as shown. */
internal class ObbStages(info: ModelInfo, tolerances: Tolerances) : BoxStages(info, tolerances) {
    private val head = info.head()
    private val corners = Stage("corners", tolerances["rotated_corner"], "px", needsModel = true)
    private val angles = Stage("angles", tolerances["angle"], "rad", needsModel = true)

    override val more get() = listOf(corners, angles)

    override fun tolerance(value: Int) = tolerances["angle"]

    override fun decode(outputs: Array<Numbers>, thresholds: Thresholds) =
        decodeRotated(head, info.angleRule, outputs, thresholds)

    override fun compareDecoded(picture: Picture, outputs: Array<Numbers>, ours: Candidate, their: Int, decode: Stage) {
        val difference = abs(ours.box[4].toDouble() - picture.floats("decode.angle")[their])
        if (!(difference <= DECODED_ANGLE)) decode.problems += "${picture.name}: an angle is off by $difference"
    }

    override fun choose(candidates: List<Candidate>, picture: Picture) =
        chooseRotated(head, candidates, picture.thresholds)

    override fun apart(picture: Picture, ours: VisionResult, our: Int, their: Int) =
        distance((ours as ObbResult).rotated[our], golden(picture, their))

    override fun compareShown(picture: Picture, ours: VisionResult, pairs: List<Pair<Int, Int>>) {
        for ((our, their) in pairs) {
            val mine = (ours as ObbResult).rotated[our]
            val golden = golden(picture, their)
            corners.add(distance(mine, golden))
            val turn = abs(mine.angle.toDouble() - golden.angle) % QUARTER_TURN
            angles.add(min(turn, QUARTER_TURN - turn))
        }
    }

    private fun golden(picture: Picture, number: Int): RotatedBox {
        val (x, y, width, height, angle) = picture.floats("boxes.rotated").drop(NUMBERS * number)
        return RotatedBox(x, y, width, height, angle)
    }

    /** How far corners lie apart at most; any one may come first. */
    private fun distance(a: RotatedBox, b: RotatedBox): Double {
        val ours = a.cornersInto(FloatArray(CORNERS))
        val theirs = b.cornersInto(FloatArray(CORNERS))
        return (0 until CORNERS step 2).minOf { first ->
            ours.indices.maxOf { abs(ours[it].toDouble() - theirs[(it + first) % CORNERS]) }
        }
    }
}

private const val NUMBERS = 5 // of the vectors: centre, width, height, angle
private const val CORNERS = 8 // x, y of each
