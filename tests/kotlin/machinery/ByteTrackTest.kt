package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class ByteTrackTest {
    private val tracker = ByteTrack()

    private fun seen(vararg boxes: Detection) = tracker.process(VisionResult.Boxes(640, 480, boxes.toList())).boxes

    private fun box(left: Float, top: Float, score: Float = 0.9f) =
        Detection(left, top, left + 60, top + 40, score, classId = 0)

    @Test
    fun `objects keep their track IDs when they pass each other`() {
        for (step in 0..20) {
            val shown = seen(box(100f + 10 * step, 100f), box(300f - 10 * step, 160f))
            assertEquals("step $step", listOf(1, 2), shown.map { it.track })
            assertEquals(100f + 10 * step, shown[0].x1, 5f)
        }
    }

    @Test
    fun `a new object is shown from its second picture on`() {
        seen(box(100f, 100f))
        assertEquals(listOf(1), seen(box(100f, 100f), box(400f, 300f)).map { it.track })
        assertEquals(listOf(1, 2), seen(box(100f, 100f), box(400f, 300f)).map { it.track })
    }

    @Test
    fun `an object that is hidden for a second keeps its track ID, and not for longer`() {
        repeat(5) { seen(box(100f, 100f)) }
        repeat(29) { assertEquals(emptyList<Detection>(), seen()) }
        assertEquals(listOf(1), seen(box(100f, 100f)).map { it.track })
        repeat(32) { seen() }
        seen(box(100f, 100f))
        assertEquals(listOf(2), seen(box(100f, 100f)).map { it.track })
    }

    @Test
    fun `a low score continues a track and begins none`() {
        seen(box(100f, 100f))
        assertEquals(listOf(1), seen(box(100f, 100f, score = 0.15f), box(400f, 300f, score = 0.15f)).map { it.track })
        assertEquals(listOf(1), seen(box(100f, 100f, score = 0.15f), box(400f, 300f, score = 0.15f)).map { it.track })
        assertEquals("too low", emptyList<Int>(), seen(box(100f, 100f, score = 0.1f)).map { it.track })
    }
}
