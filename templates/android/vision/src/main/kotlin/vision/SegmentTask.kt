package vision

/** Boxes, each with the pixels of its object. */
object SegmentTask : Task {
    override val name = "segment"
    override val shows = "masks"

    override fun extras(info: ModelInfo) = info.maskCoefficients

    override fun postprocessor(info: ModelInfo, shownClasses: BooleanArray?): SegmentPostprocessor {
        val (_, channels, height, width) = info.outputShapes.last()
        val maker = MaskMaker(channels, width, height, info.inputWidth, info.inputHeight)
        return SegmentPostprocessor(info.head(), maker, shownClasses)
    }
}

/** [masks]: of each of the [boxes]. */
class SegmentResult(
    override val width: Int,
    override val height: Int,
    override val boxes: List<Detection>,
    val masks: Masks
) : VisionResult {
    override fun filter(keep: (Detection) -> Boolean): SegmentResult {
        val places = boxes.indices.filter { keep(boxes[it]) }
        return pick(places, boxes.slice(places))
    }

    override fun pick(places: List<Int>, boxes: List<Detection>) =
        SegmentResult(width, height, boxes, masks.slice(places))

    override fun recycle() = masks.recycle()

    override fun rows() = boxes.indices.map { i ->
        val mask = mapOf("size" to listOf(masks.height, masks.width), "runs" to masks.runs(i))
        boxes[i].row() + mapOf("polygon" to polygon(i), "mask" to mask)
    }

    /** The line around a mask, x and y of each point: Ultralytics' `masks.xy`. */
    fun polygon(number: Int) = Outline(masks.parts[number], masks.pixels)
        .inPicture(planLetterbox(width, height, masks.width, masks.height))
}

/** Decode, choose, and back to the picture; masks of the chosen boxes only. A box whose mask is empty is dropped. */
class SegmentPostprocessor(
    private val head: Head,
    private val maker: MaskMaker,
    private val keepClass: BooleanArray? = null
) : Postprocessor {
    private val pool = Pool(::MaskMemory)

    /** The last of the outputs holds the prototypes. */
    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): SegmentResult {
        val shown = ArrayList<Candidate>()
        val parts = ArrayList<MaskPart>()
        val memory = pool.take()
        for (candidate in head.contract.choose(decode(head, outputs, thresholds, keepClass), thresholds)) {
            val coefficients = head.contract.extrasAt(head, outputs, candidate.index)
            val (x1, y1, x2, y2) = candidate.box
            val next = parts.lastOrNull()?.run { first + width * height } ?: 0
            val part = maker.make(outputs.last().floats, coefficients, x1, y1, x2, y2, memory, next) ?: continue
            shown += candidate
            parts += part
        }
        val masks = Masks(plan.inputWidth, plan.inputHeight, parts, memory)
        return SegmentResult(plan.sourceWidth, plan.sourceHeight, toImage(shown, plan), masks)
    }
}
