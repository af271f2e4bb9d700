package vision.parity

import vision.ModelInfo
import vision.SegmentResult
import vision.VisionResult

/** The masks that are shown, pixel by pixel. */
internal class SegmentStages(@Suppress("UNUSED_PARAMETER") info: ModelInfo, private val tolerances: Tolerances) :
    TaskStages() {
    private val shown = Stage("masks", 1 - tolerances["mask_iou"], "1 - IoU")

    override val stages get() = listOf(shown)

    override fun tolerance(value: Int) = tolerances.raw

    override fun compareShown(picture: Picture, ours: VisionResult, pairs: List<Pair<Int, Int>>) {
        val masks = (ours as SegmentResult).masks
        val runs = picture.integers("mask.run")
        val ends = picture.integers("mask.end")
        for ((our, their) in pairs) {
            val golden = bitmap(runs, if (their == 0) 0 else ends[their - 1], ends[their], masks.width * masks.height)
            shown.add(1 - iou(masks.bitmap(our), golden))
        }
    }

    /** Lengths of runs: of what is not set, of what is, and so on. */
    private fun bitmap(runs: IntArray, first: Int, last: Int, size: Int): ByteArray {
        val bitmap = ByteArray(size)
        var at = 0
        for (i in first until last) {
            if (runs[i] > size - at) throw VectorsException("a mask of the vectors is too large")
            bitmap.fill(((i - first) % 2).toByte(), at, at + runs[i])
            at += runs[i]
        }
        if (at != size) throw VectorsException("a mask of the vectors is too small")
        return bitmap
    }

    private fun iou(a: ByteArray, b: ByteArray): Double {
        val both = a.indices.count { a[it].toInt() and b[it].toInt() != 0 }
        val any = a.indices.count { a[it].toInt() or b[it].toInt() != 0 }
        return if (any == 0) 1.0 else both / any.toDouble()
    }
}
