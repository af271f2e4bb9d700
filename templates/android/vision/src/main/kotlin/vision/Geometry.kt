package vision

/** Moves the kept boxes from the model's input back to the upright picture, and clips them there. */
fun toImage(candidates: Candidates, kept: Kept, plan: LetterboxPlan): List<Detection> = List(kept.size) { i ->
    val k = kept.position[i]
    Detection(
        back(candidates.x1[k], plan.left, plan.gainX, plan.sourceWidth),
        back(candidates.y1[k], plan.top, plan.gainY, plan.sourceHeight),
        back(candidates.x2[k], plan.left, plan.gainX, plan.sourceWidth),
        back(candidates.y2[k], plan.top, plan.gainY, plan.sourceHeight),
        candidates.score[k],
        candidates.classId[k],
        candidates.index[k]
    )
}

/** From the model's input to the picture, and clipped there. What is not a number stays so. */
internal fun back(position: Float, border: Int, gain: Double, size: Int): Float {
    val moved = (position - border) / gain.toFloat()
    val limit = size.toFloat()
    return if (moved < 0) {
        0f
    } else if (limit < moved) {
        limit
    } else {
        moved
    }
}
