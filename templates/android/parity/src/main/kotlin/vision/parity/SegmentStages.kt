package vision.parity

import vision.MaskMaker
import vision.MaskMemory
import vision.Masks
import vision.ModelInfo
import vision.SegmentResult
import vision.VisionResult

/** Masks: the function that makes them, and those that are shown, pixel by pixel. */
internal class SegmentStages(info: ModelInfo, tolerances: Tolerances) : UprightStages(info, tolerances) {
    private val proof = Stage("mask proof", 0.0, "differences")
    private val masks = Stage("masks", 1 - tolerances["mask_iou"], "1 - IoU", needsModel = true)

    override val more get() = listOf(proof, masks)

    override fun tolerance(value: Int) = tolerances.raw

    /** A small case whose numbers are such that nothing is rounded: every pixel has to be the same. */
    override fun compareMore(picture: Picture) {
        if (!picture.has("proof.proto")) return
        val prototypes = picture.floats("proof.proto")
        val coefficients = picture.floats("proof.coefficient")
        val box = picture.floats("proof.box")
        val (height, width) = picture.integers("proof.size").toList()
        val count = info.maskCoefficients
        val maker = MaskMaker(count, width / STRIDE, height / STRIDE, width, height)
        for (i in 0 until picture.integers("proof.end").size) {
            val memory = MaskMemory()
            val own = coefficients.copyOfRange(i * count, (i + 1) * count)
            val (x1, y1, x2, y2) = box.drop(BOX * i)
            val part = maker.make(prototypes, own, x1, y1, x2, y2, memory, first = 0)
            val ours = Masks(width, height, listOfNotNull(part), memory)
            val mask = if (part == null) ByteArray(width * height) else ours.bitmap(0)
            val golden = golden(picture, "proof", i, mask.size)
            for (at in mask.indices) proof.add(if (mask[at] == golden[at]) 0.0 else 1.0)
        }
    }

    override fun apart(picture: Picture, ours: VisionResult, our: Int, their: Int): Double {
        val mask = (ours as SegmentResult).masks.bitmap(our)
        return difference(mask, golden(picture, "mask", their, mask.size))
    }

    override fun compareShown(picture: Picture, ours: VisionResult, pairs: List<Pair<Int, Int>>) {
        // Older vectors do not say which pixels a last bit decides. Of an extra program, only the IoU counts
        val isKnown = picture.has("undecided.run") && !tolerances.areOfProgram
        for ((our, their) in pairs) {
            val mask = (ours as SegmentResult).masks.bitmap(our)
            val right = golden(picture, "mask", their, mask.size)
            masks.add(difference(mask, right))
            if (!isKnown) continue
            val free = golden(picture, "undecided", their, mask.size)
            val wrong = mask.indices.count { mask[it] != right[it] && free[it].toInt() == 0 }
            if (wrong > 0) masks.problems += "${picture.name}: $wrong wrong pixels in mask $their"
        }
    }

    /** 1 - IoU; 0 where hardly any pixel differs: of a small mask one may be more than the tolerance. */
    private fun difference(a: ByteArray, b: ByteArray): Double {
        val differing = a.indices.count { a[it] != b[it] }
        if (differing <= tolerances["mask_pixels"]) return 0.0
        return differing / a.indices.count { a[it].toInt() or b[it].toInt() != 0 }.toDouble()
    }

    /** Returns mask [number] of `run` and `end`: lengths of runs of pixels that are not set, then set, and so on. */
    private fun golden(picture: Picture, array: String, number: Int, size: Int): ByteArray {
        val runs = picture.integers("$array.run")
        val ends = picture.integers("$array.end")
        val bitmap = ByteArray(size)
        val first = if (number == 0) 0 else ends[number - 1]
        var at = 0
        for (i in first until ends[number]) {
            if (runs[i] > size - at) throw VectorsException("a mask of the vectors is too large")
            bitmap.fill(((i - first) % 2).toByte(), at, at + runs[i])
            at += runs[i]
        }
        if (at != size) throw VectorsException("a mask of the vectors is too small")
        return bitmap
    }
}

private const val BOX = 4
private const val STRIDE = 4 // input pixels of a prototype's pixel, in the proof
