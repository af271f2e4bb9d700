package vision

/**
 * A step between the detector and the screen: filtering, counting, tracking. Processors are called in the
 * order of their list with every result, on the detector's thread.
 */
fun interface ResultProcessor {
    fun process(result: VisionResult): VisionResult
}
