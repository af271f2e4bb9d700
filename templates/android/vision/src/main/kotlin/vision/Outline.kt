package vision

import kotlin.math.abs

/**
 * The outline of a mask: the points where its outer borders turn, as OpenCV's findContours has them (Suzuki and
 * Abe, Topological Structural Analysis of Digitized Binary Images by Border Following, 1985), and all parts tied together
 * where they are nearest to each other, as Ultralytics' `masks.xy` ties them. Points are numbers of the [labels].
 */
internal class Outline(private val part: MaskPart, pixels: ByteArray) {
    private val row = part.width + 2 // an empty border is around all of it
    private val labels = ByteArray(row * (part.height + 2))
    private val steps = intArrayOf(1, 1 - row, -row, -1 - row, -1, row - 1, row, row + 1) // counter-clockwise

    init {
        for (i in 0 until part.width * part.height) {
            if (pixels[part.first + i].toInt() != 0) labels[(i / part.width + 1) * row + i % part.width + 1] = UNSEEN
        }
    }

    /** Returns x, y of each point in pixels of the picture. [plan]: where the picture is in the mask's bitmap. */
    fun inPicture(plan: LetterboxPlan): List<List<Float>> = joined(contours()).map {
        listOf(
            back(part.left + it % row - 1 - plan.left, plan.gainX, plan.sourceWidth),
            back(part.top + it / row - 1 - plan.top, plan.gainY, plan.sourceHeight)
        )
    }

    private fun back(place: Int, gain: Double, size: Int) = (place / gain.toFloat()).coerceIn(0f, size.toFloat())

    private fun contours(): List<List<Int>> {
        val found = ArrayList<List<Int>>()
        for (first in row + 1 until labels.size - row step row) {
            var isInside = false // a region whose border was followed
            for (at in first until first + part.width) {
                if (labels[at] == UNSEEN && labels[at - 1] == EMPTY && !isInside) found += follow(at)
                if (labels[at] == BORDER) isInside = true
                if (labels[at] == LAST_OF_BORDER) isInside = false
            }
        }
        return found.asReversed()
    }

    /** Returns the border around the region whose first pixel this is. */
    private fun follow(start: Int): List<Int> {
        val first = (1 until DIRECTIONS).map { (LEFT - it) and TURN }.find { labels[start + steps[it]] != EMPTY }
        if (first == null) { // a single pixel
            labels[start] = LAST_OF_BORDER
            return listOf(start)
        }
        val turns = ArrayList<Int>()
        var here = start
        var from: Int = first
        var before = from xor LEFT
        while (true) {
            var turn = from + 1
            while (labels[here + steps[turn and TURN]] == EMPTY) turn++
            val direction = turn and TURN
            // Whether the neighbour on the right, direction 0, was passed by on the way
            if (direction != 0 && direction - 1 < from) {
                labels[here] = LAST_OF_BORDER
            } else if (labels[here] == UNSEEN) {
                labels[here] = BORDER
            }
            if (direction != before) turns += here
            before = direction
            val next = here + steps[direction]
            if (next == start && here == start + steps[first]) return turns
            here = next
            from = (direction + LEFT) and TURN
        }
    }

    /** One line along all of them to the last one, around it, and back along what is left of those between. */
    private fun joined(contours: List<List<Int>>): List<Int> {
        if (contours.size < 2) return contours.firstOrNull().orEmpty()
        val ties = contours.zipWithNext(::nearest)
        val forth = ArrayList<Int>()
        val back = ArrayList<List<Int>>()
        for ((i, contour) in contours.withIndex()) {
            val enter = if (i == 0) ties[0].first else ties[i - 1].second
            val leave = if (i == 0 || i == ties.size) null else ties[i].first
            val isAgainst = leave != null && leave < enter // the order of its points
            val ring = if (isAgainst) ring(contour.asReversed(), contour.lastIndex - enter) else ring(contour, enter)
            val end = if (leave == null) ring.lastIndex else abs(leave - enter)
            forth += ring.subList(0, end + 1)
            if (leave != null) back += ring.subList(end, ring.size)
        }
        return forth + back.asReversed().flatten()
    }

    /** Where two are nearest to each other: the first such pair. */
    private fun nearest(one: List<Int>, other: List<Int>): Pair<Int, Int> {
        var least = Int.MAX_VALUE
        var best = 0 to 0
        for ((i, a) in one.withIndex()) {
            for ((k, b) in other.withIndex()) {
                val x = a % row - b % row
                val y = a / row - b / row
                if (x * x + y * y >= least) continue
                least = x * x + y * y
                best = i to k
            }
        }
        return best
    }

    /** From one of its points on and back to it. */
    private fun ring(contour: List<Int>, first: Int) = contour.drop(first) + contour.take(first + 1)

    private companion object {
        // Labels of pixels; at the end of a region in its row, the pixel to the right was found empty
        const val EMPTY: Byte = 0
        const val UNSEEN: Byte = 1
        const val BORDER: Byte = 2
        const val LAST_OF_BORDER: Byte = 3

        const val DIRECTIONS = 8
        const val TURN = DIRECTIONS - 1
        const val LEFT = 4
    }
}
