package vision

import kotlin.math.abs

/**
 * Things that are followed tremble less: the One Euro filter (Casiez, Roussel and Vogel, 1 € Filter: A Simple Speed-based
 * Low-pass Filter for Noisy Input in Interactive Systems, CHI 2012). Boxes and keypoints of what stands still are held still,
 * what moves fast is late by little. Speeds are measured in sizes of the thing's own box: near or far, things are smoothed
 * alike.
 *
 * For results of a [ByteTrack]. One for each video or camera; not thread-safe. [seconds]: when the picture was seen.
 */
class Smoothing(
    private val boxes: TrackedBoxes = UprightTracks(),
    private val seconds: () -> Double = { System.nanoTime() / NANOSECONDS }
) : ResultProcessor {
    private class Thing(val values: DoubleArray, var seen: Double) {
        val speeds = DoubleArray(values.size)
    }

    private val things = HashMap<Int, Thing>()
    private val box = FloatArray(ANGLE + 1)

    override fun process(result: VisionResult): VisionResult {
        val now = seconds()
        val shown = result.boxes.mapIndexed { place, it -> smoothed(it.track, numbersOf(result, place), now) }
        things.values.removeAll { now - it.seen > LONGEST }
        val believed = shown.mapIndexed { place, numbers -> Believed(place, result.boxes[place].track, boxOf(numbers)) }
        val first = if (boxes.areTurned) ANGLE + 1 else ANGLE
        val points = shown.map { numbers -> FloatArray(numbers.size - first) { numbers[first + it].toFloat() } }
        return boxes.write(result, believed).withPoints(points)
    }

    /** Centre x, centre y, width, height, of a turned box the angle, then x and y of the keypoints. */
    private fun numbersOf(result: VisionResult, place: Int): DoubleArray {
        boxes.read(result, place, box)
        val points = result.pointsOf(place)
        val first = if (boxes.areTurned) ANGLE + 1 else ANGLE
        return DoubleArray(first + points.size) { (if (it < first) box[it] else points[it - first]).toDouble() }
    }

    private fun boxOf(numbers: DoubleArray): FloatArray {
        if (boxes.areTurned) return FloatArray(ANGLE + 1) { numbers[it].toFloat() }
        val halfWidth = numbers[WIDTH] / 2
        val halfHeight = numbers[HEIGHT] / 2
        return floatArrayOf(
            (numbers[0] - halfWidth).toFloat(),
            (numbers[1] - halfHeight).toFloat(),
            (numbers[0] + halfWidth).toFloat(),
            (numbers[1] + halfHeight).toFloat()
        )
    }

    private fun smoothed(number: Int, numbers: DoubleArray, now: Double): DoubleArray {
        if (numbers.any { !it.isFinite() }) {
            things.remove(number)
            return numbers
        }
        val thing = things[number]
        if (thing == null || beginsAnew(thing, numbers, now)) {
            things[number] = Thing(numbers, now)
            return numbers
        }
        val passed = maxOf(now - thing.seen, SHORTEST)
        val own = maxOf(numbers[WIDTH], numbers[HEIGHT], 1.0)
        val ofSpeed = share(SPEED_CUTOFF, passed)
        for (i in numbers.indices) {
            val size = if (boxes.areTurned && i == ANGLE) 1.0 else own
            val off = numbers[i] - thing.values[i]
            thing.speeds[i] += ofSpeed * (off / passed - thing.speeds[i])
            thing.values[i] += share(CUTOFF + CUTOFF_BY_SPEED * abs(thing.speeds[i]) / size, passed) * off
        }
        thing.seen = now
        return thing.values
    }

    private fun beginsAnew(thing: Thing, numbers: DoubleArray, now: Double) = now - thing.seen > LONGEST ||
        thing.values.size != numbers.size ||
        (boxes.areTurned && abs(numbers[ANGLE] - thing.values[ANGLE]) > TURN)

    /** How much of what is new a low-pass filter of this [cutoff] (Hz) lets through in so many seconds. */
    private fun share(cutoff: Double, passed: Double): Double {
        val rate = 2 * Math.PI * passed * cutoff
        return rate / (rate + 1)
    }

    private companion object {
        const val CUTOFF = 1.0 // Hz: of a thing at rest; lower trembles less
        const val CUTOFF_BY_SPEED = 10.0 // Hz more for each own size a second (an angle: for each radian)
        const val SPEED_CUTOFF = 1.0 // Hz: of the speed itself
        const val SHORTEST = 1e-3 // seconds between two pictures at least, whatever the clock says
        const val LONGEST = 1.0 // seconds after which a thing that was not seen begins anew
        const val TURN = Math.PI / 4 // radians: more from picture to picture is no turn, but sides that change places
        const val NANOSECONDS = 1e9 // of a second
        const val WIDTH = 2
        const val HEIGHT = 3
        const val ANGLE = 4
    }
}
