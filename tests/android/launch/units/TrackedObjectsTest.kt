package org.example.shapes

import edgegen.StageTimes
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult

class TrackedObjectsTest {
    /** The boxes have track IDs already. */
    private val objects = TrackedObjects { it }.apply { confidence = 0.5f }

    private fun box(x: Float, track: Int, score: Float = 0.9f) =
        Detection(x - 1, 4f, x + 1, 6f, score, classId = 0, track = track)

    private fun shown(vararg boxes: Detection) = objects.process(VisionResult.Boxes(100, 100, boxes.toList()))

    private fun numbers(vararg boxes: Detection) = shown(*boxes).boxes.map { it.track }

    private fun trails(result: VisionResult) = trailed(result).trails

    private fun trailed(result: VisionResult, counter: LineCounter? = null) = objects.addTrails(
        PictureResult(
            result,
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source = 0,
            isMirrored = false
        ),
        counter
    )

    @Test
    fun onceConfidentObjectIsShownWhileTracked() {
        assertEquals(listOf(2), numbers(box(10f, track = 1, score = 0.5f), box(20f, track = 2, score = 0.51f)))
        assertEquals(listOf(2), numbers(box(10f, track = 1, score = 0.3f), box(20f, track = 2, score = 0.2f)))
        assertEquals(listOf(1, 2), numbers(box(10f, track = 1, score = 0.6f), box(20f, track = 2, score = 0.2f)))
    }

    @Test
    fun otherConfidenceRestartsTheFilter() {
        assertEquals(listOf(1), numbers(box(10f, track = 1, score = 0.6f)))
        objects.confidence = 0.7f
        assertEquals(listOf<Int>(), numbers(box(10f, track = 1, score = 0.6f)))
        objects.confidence = 0.5f
        assertEquals(listOf(1), numbers(box(10f, track = 1, score = 0.6f)))
    }

    @Test
    fun trailHasTheLastThirtyPlaces() {
        assertArrayEquals(floatArrayOf(0f, 5f), trails(shown(box(0f, track = 1))).single(), 0f)
        for (x in 1..70) {
            val both = trails(shown(box(90f, track = 2), box(x.toFloat(), track = 1)))
            assertEquals("of each box", 90f, both.first().first())
            val from = maxOf(0, x - 29)
            val expected = (from..x).flatMap { listOf(it.toFloat(), 5f) }.toFloatArray()
            assertArrayEquals("at $x", expected, both.last(), 0f)
        }
    }

    @Test
    fun trailOfAGoneObjectIsDeleted() {
        shown(box(10f, track = 1))
        repeat(39) { shown() }
        assertEquals(2, trails(shown(box(20f, track = 1))).single().size / 2)
        repeat(41) { shown() }
        assertEquals(1, trails(shown(box(20f, track = 1))).single().size / 2)
    }

    @Test
    fun shownObjectsAreCountedAtTheLine() {
        assertEquals(null, trailed(shown(box(10f, track = 1))).count)
        val counter = LineCounter(CountLine(x1 = 0.5f, y1 = 1f, x2 = 0.5f, y2 = 0f))
        for (x in listOf(40f, 60f)) trailed(shown(box(x, track = 1)), counter)
        assertEquals(1, trailed(shown(box(61f, track = 1)), counter).count?.inCount)
    }

    @Test
    fun untrackedObjectHasNoTrail() {
        val trails = trails(VisionResult.Boxes(100, 100, listOf(box(10f, track = 0))))
        assertEquals(0, trails.single().size)
    }
}
