package vision

/**
 * Gives each object an ID that it keeps in all frames: ByteTrack (Zhang et al., ByteTrack: Multi-Object Tracking by
 * Associating Every Detection Box, ECCV 2022), with the numbers of Ultralytics' `model.track(tracker="bytetrack.yaml")`.
 *
 * The result needs all detections above [LOW_SCORE]. They are replaced by the tracks: each box at its predicted place, with
 * its ID in [Detection.track]. A new track is in the result from its second frame on, those of the first frame at once. Use
 * one tracker for each video or camera. Not thread-safe.
 */
class ByteTrack(private val boxes: TrackedBoxes = UprightTracks()) {
    private enum class State { TRACKED, LOST, ENDED }

    /** A detection. [angle]: of an oriented box, whose width is its longer side; [place]: its index in the result. */
    private class Found(
        val left: Float,
        val top: Float,
        val width: Float,
        val height: Float,
        val angle: Double,
        val score: Float,
        val place: Int
    ) {
        /** Centre x, centre y, width over height, height: rounded to float32 first. */
        val seen get() = doubleArrayOf(
            (left + width / 2).toDouble(),
            (top + height / 2).toDouble(),
            (width / height).toDouble(),
            height.toDouble()
        )
    }

    private class Track(found: Found, val number: Int, val first: Int) {
        val motion = Motion(found.seen)
        var angle = found.angle
        var place = found.place
        var last = first
        var state = State.TRACKED
        var isConfirmed = first == 1 // otherwise in its second frame

        fun update(found: Found, frame: Int) {
            motion.correct(found.seen)
            place = found.place
            // By half turns to the angle nearest to the last one
            angle = found.angle - Math.PI * Math.rint((found.angle - angle) / Math.PI)
            state = State.TRACKED
            isConfirmed = true
            last = frame
        }
    }

    private var frame = 0 // counted from 1
    private var count = 0
    private var tracked = emptyList<Track>()
    private var lost = emptyList<Track>()
    private val ended = ArrayDeque<Int>() // IDs of tracks that ended
    private val assignment = Assignment()
    private val box = FloatArray(NUMBERS)

    fun process(result: VisionResult): VisionResult {
        ++frame
        val found = find(result)
        val (high, low) = found.partition { it.score >= HIGH_SCORE }
        val (confirmed, fresh) = tracked.partition { it.isConfirmed }
        val pool = confirmed + lost
        for (track in pool) track.motion.predict(isLost = track.state != State.TRACKED)

        // First, confirmed and lost tracks are paired with high scores
        val seen = ArrayList<Track>()
        val again = ArrayList<Track>()
        val rest = high.toMutableList()
        val doubtful = ArrayList<Track>()
        pair(pool, high, FIRST_LIMIT, isFused = true) { track, partner ->
            if (partner != null) {
                (if (track.state == State.TRACKED) seen else again).add(track)
                track.update(partner, frame)
                rest.remove(partner)
            } else if (track.state == State.TRACKED) {
                doubtful.add(track)
            }
        }
        // Then tracks that are still tracked, with low scores
        val newlyLost = ArrayList<Track>()
        pair(doubtful, low, SECOND_LIMIT, isFused = false) { track, partner ->
            if (partner != null) {
                seen.add(track)
                track.update(partner, frame)
            } else {
                track.state = State.LOST
                newlyLost.add(track)
            }
        }
        // Then tracks of one frame. The other high scores start tracks
        val over = ArrayList<Track>()
        val left = rest.toList()
        pair(fresh, left, NEW_LIMIT, isFused = true) { track, partner ->
            if (partner != null) {
                seen.add(track)
                track.update(partner, frame)
                rest.remove(partner)
            } else {
                over.add(track)
            }
        }
        for (each in rest) seen.add(Track(each, ++count, frame))
        over += lost.filter { frame - it.last > PATIENCE }
        for (track in over) track.state = State.ENDED
        keep(seen + again, newlyLost)
        for (track in over) ended.addLast(track.number)
        while (ended.size > REMEMBERED) ended.removeFirst()
        val shown = tracked.filter { it.isConfirmed }
        return boxes.write(result, shown.map { TrackedBox(it.place, it.number, boxOf(it, FloatArray(NUMBERS))) })
    }

    /** Returns the detections above [LOW_SCORE] whose box has an area. Skips NaN. */
    private fun find(result: VisionResult): List<Found> {
        val found = ArrayList<Found>(result.boxes.size)
        for (place in result.boxes.indices) {
            boxes.read(result, place, box)
            val (x, y, width, height) = box
            val score = result.boxes[place].score
            if (!(width > 0 && height > 0 && score > LOW_SCORE)) continue
            val isOnItsSide = boxes.areRotated && width < height
            val along = if (isOnItsSide) height else width
            val across = if (isOnItsSide) width else height
            found += Found(
                (x.toDouble() - along.toDouble() / 2).toFloat(),
                (y.toDouble() - across.toDouble() / 2).toFloat(),
                along,
                across,
                box[ANGLE_AT] + (if (isOnItsSide) Math.PI / 2 else 0.0),
                score,
                place
            )
        }
        return found
    }

    /** Pairs tracks with detections at the lowest total cost, each below [limit]. Calls [onPair] with each track. */
    private inline fun pair(
        tracks: List<Track>,
        found: List<Found>,
        limit: Double,
        isFused: Boolean,
        onPair: (Track, Found?) -> Unit
    ) {
        assign(tracks, found, limit, isFused)
        for (i in tracks.indices) onPair(tracks[i], if (found.isEmpty()) null else found.getOrNull(assignment[i]))
    }

    private fun assign(tracks: List<Track>, found: List<Found>, limit: Double, isFused: Boolean) {
        if (tracks.isEmpty() || found.isEmpty()) return
        boxes.reserve(tracks.size + found.size)
        for (i in tracks.indices) boxes[i] = boxOf(tracks[i], box)
        for (j in found.indices) boxes[tracks.size + j] = boxOf(found[j])
        assignment.begin(tracks.size, found.size, limit)
        for (i in tracks.indices) {
            for (j in found.indices) {
                var cost = 1 - boxes.overlap(i, tracks.size + j)
                if (isFused) cost = 1 - (1 - cost) * found[j].score // the score counts as much as the overlap
                assignment[i, j] = if (cost.isNaN()) 1.0 else cost.toDouble() // no overlap
            }
        }
        assignment.solve()
    }

    private fun keep(seen: List<Track>, newlyLost: List<Track>) {
        // The order: as before, then new tracks, then those that were found again
        val before = tracked.filter { it.state == State.TRACKED }
        tracked = before + (seen - before.toSet())
        // A track that ended in the last frame could be found in this one, not later
        lost = (lost - tracked.toSet() + newlyLost).filter { it.number !in ended }
        val out = duplicates()
        tracked = tracked - out
        lost = lost - out
    }

    /** Returns the younger one of each tracked and lost track of the same object. */
    private fun duplicates(): Set<Track> {
        boxes.reserve(tracked.size + lost.size)
        for (i in tracked.indices) boxes[i] = boxOf(tracked[i], box)
        for (j in lost.indices) boxes[tracked.size + j] = boxOf(lost[j], box)
        val out = HashSet<Track>()
        for (i in tracked.indices) {
            for (j in lost.indices) {
                if (!(1 - boxes.overlap(i, tracked.size + j) < DUPLICATE)) continue
                val age = tracked[i].run { last - first }
                out += if (age > lost[j].run { last - first }) lost[j] else tracked[i]
            }
        }
        return out
    }

    private fun boxOf(found: Found): FloatArray = box.apply {
        this[0] = if (boxes.areRotated) found.left + found.width / 2 else found.left
        this[1] = if (boxes.areRotated) found.top + found.height / 2 else found.top
        this[2] = if (boxes.areRotated) found.width else found.left + found.width
        this[3] = if (boxes.areRotated) found.height else found.top + found.height
        this[ANGLE_AT] = found.angle.toFloat()
    }

    private fun boxOf(track: Track, into: FloatArray): FloatArray = into.apply {
        val width = track.motion.width
        val height = track.motion.height
        val left = track.motion.x - width / 2
        val top = track.motion.y - height / 2
        this[0] = (if (boxes.areRotated) left + width / 2 else left).toFloat()
        this[1] = (if (boxes.areRotated) top + height / 2 else top).toFloat()
        this[2] = (if (boxes.areRotated) width else left + width).toFloat()
        this[3] = (if (boxes.areRotated) height else top + height).toFloat()
        this[ANGLE_AT] = track.angle.toFloat()
    }

    companion object {
        /** A detection above it can continue a track. */
        const val LOW_SCORE = 0.1f

        private const val HIGH_SCORE = 0.25f // a detection from here on is paired first, and can start a track

        // The highest cost of a pair
        private const val FIRST_LIMIT = 0.8
        private const val SECOND_LIMIT = 0.5
        private const val NEW_LIMIT = 0.7

        private const val PATIENCE = 30 // frames in which a lost track can be found again
        private const val DUPLICATE = 0.15f // 1 - IoU; below it, a tracked and a lost one are the same object
        private const val REMEMBERED = 1000 // of the tracks that ended

        private const val NUMBERS = 5 // of a box
        private const val ANGLE_AT = 4
    }
}
