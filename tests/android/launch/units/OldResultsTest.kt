package org.example.shapes

import android.app.Activity
import android.graphics.Canvas
import android.os.Looper
import android.view.View
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import java.time.Duration
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import vision.MaskMemory
import vision.Masks
import vision.Reusable
import vision.SegmentResult
import vision.THE_MODEL

@RunWith(AndroidJUnit4::class)
class OldResultsTest {
    private val results = OldResults()
    private val memories = List(8) { MaskMemory() }
    private val paintings = List(8) { NoPixels() }
    private val all = List(8) { i -> result(i, source = 0) }

    private fun result(i: Int, source: Int) = memories[i].let { memory ->
        PictureResult(
            SegmentResult(width = 1, height = 1, boxes = listOf(), Masks(width = 1, height = 1, listOf(), memory)),
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source,
            isMirrored = false,
            paintings[i]
        )
    }

    /** Which of them were given back since the last call. */
    private fun givenBack(): List<Int> {
        val found = memoriesGivenBack()
        assertEquals(found, paintingsGivenBack())
        return found
    }

    private fun memoriesGivenBack() = memories.indices.filter { memories[it].take() }

    private fun paintingsGivenBack() = paintings.indices.filter { paintings[it].take() }

    @Test
    fun shownResultAndLaterOnesAreKept() {
        results.add(all[0], isKept = false)
        results.add(all[1], isKept = false)
        assertEquals(listOf<Int>(), givenBack())
        results.onScreen = all[1]
        results.add(all[2], isKept = false)
        assertEquals(listOf(0), givenBack())
        results.add(all[3], isKept = false)
        assertEquals(listOf<Int>(), givenBack())
        results.onScreen = all[3] // it never saw the one between
        results.add(all[4], isKept = false)
        assertEquals(listOf(1, 2), givenBack())
    }

    @Test
    fun onlyThePaintingOfAProcessorsResultIsGivenBack() {
        results.add(all[0], isKept = true)
        results.add(all[1], isKept = false)
        results.onScreen = all[2]
        results.add(all[2], isKept = true)
        assertEquals(listOf(0, 1), paintingsGivenBack())
        assertEquals(listOf(1), memoriesGivenBack())
    }

    @Test
    fun nothingIsGivenBackWithoutAScreen() {
        all.forEach { results.add(it, isKept = false) }
        assertEquals(listOf<Int>(), givenBack())
        results.onScreen = all[2] // long forgotten
        results.add(all[0], isKept = false)
        assertEquals(listOf<Int>(), givenBack())
    }

    @Test
    fun resultThatIsDrawnLateIsNotPaintedOver() {
        val drawn = ArrayDeque(listOf(0, 0)) // the screen is two frames of the detector late
        for (i in all.indices) {
            results.add(all[i], isKept = false)
            drawn.addLast(i)
            val now = drawn.removeFirst()
            results.onScreen = all[now]
            assertEquals("before $i", listOf<Int>(), givenBack().filter { it >= now })
        }
    }

    @Test
    fun resultOfAnEarlierPictureIsGivenBackAtOnce() {
        for (i in 0..2) results.add(all[i], isKept = false)
        results.onScreen = all[1]
        val photo = result(3, source = 1)
        results.add(photo, isKept = true)
        assertEquals(listOf(0), givenBack())
        results.onScreen = photo
        results.leave(source = 1)
        assertEquals("the photo's own is on the screen", listOf(1, 2), givenBack())
        results.leave(source = 2)
        assertEquals(listOf(3), paintingsGivenBack())
    }

    @Test
    fun resultIsReportedOnceItIsDrawn() {
        val view = Robolectric.buildActivity(Activity::class.java).setup().get().run {
            View(this).also(::setContentView)
        }
        val happened = mutableListOf<String>()
        shadowOf(Looper.getMainLooper()).idle()
        view.viewTreeObserver.addOnPreDrawListener { happened.add("drawn") }
        view.requestLayout() // a frame: here, nothing is drawn of what is only invalid
        view.afterDrawing { happened += "told" }
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(FRAMES_MILLIS))
        assertEquals(listOf("drawn", "told"), happened.distinct())
    }

    private class NoPixels :
        Reusable(),
        Painting {
        override fun draw(canvas: Canvas, mapping: PictureMapping) = Unit
    }

    private companion object {
        const val FRAMES_MILLIS = 100L
    }
}
