package launch

import android.os.Looper
import android.view.View
import android.widget.TextView
import androidx.camera.fake.DiskWatch
import androidx.camera.fake.FakeCamera
import androidx.core.view.isVisible
import java.util.Collections
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import vision.THE_MODEL
import vision.summary

/** Tests of the frames on their way through the detector: threads, failures, lifecycle and memory. */
class FramesTest : LaunchTestBase() {
    @Test
    fun threadCountChangesWhileFramesRunAndIsSaved() {
        val loads = Collections.synchronizedList(mutableListOf<String>())
        val controller = launch()
        val activity = controller.get()
        val picture = pictures().first()
        show(bitmap(picture))
        Calls.listener = { call -> if (call == "load") loads += Thread.currentThread().name }
        try {
            for (number in listOf(1, 2, 2, 0)) {
                await("a frame is taken") { FakeCamera.show(bitmap(picture)) > 0 }
                activity.slider("threads").progress = number
            }
            await("all frames are given back") { FakeCamera.openFrames.get() == 0 }
            show(bitmap(picture))
        } finally {
            Calls.listener = null
        }
        assertSees(expected(picture), activity, "with other threads")
        assertEquals("on the detector's thread", setOf("detector"), loads.toSet())
        assertTrue("${loads.size} loads", loads.size in 1..3)
        activity.slider("threads").progress = 2
        controller.recreate()
        assertEquals("it is kept", "2", controller.get().value("threads"))
        assertFalse("nothing was timed", controller.get().view<View>("threads_fastest").isVisible)
        val check = launch("SelfCheckActivity").get()
        await("it is timed") { check.view<View>("share_report").isEnabled }
        controller.pause().stop().restart().start().resume()
        await("it is offered, unless it is chosen") {
            val offer = controller.get().view<TextView>("threads_fastest")
            val best = Regex("threads: (\\d+)").find(check.text("verdict_details"))!!.groupValues[1]
            if (best == "2") !offer.isVisible else offer.isVisible && best in offer.text
        }
    }

    @Test
    fun frameRateStartsAgainAfterAPause() {
        val controller = launch()
        val activity = controller.get()
        repeat(5) { show(bitmap(pictures().first())) }
        pass(1)
        show(bitmap(pictures().first()))
        assertTrue(activity.text("stats"), activity.text("stats").first().isDigit())
        controller.pause().stop()
        assertEquals("", activity.text("stats"))
        controller.restart().start().resume()
        show(bitmap(pictures().first()))
        assertFalse(activity.text("stats"), activity.text("stats").first().isDigit())
    }

    @Test
    fun announcementIgnoresAShortChange() {
        val activity = launch().get()
        val picture = pictures().maxBy { expected(it).size }
        val said = summary(expected(picture), THE_MODEL.classNames)
        show(bitmap(picture))
        assertEquals(said, activity.overlay.contentDescription.toString())
        val slider = activity.slider("confidence")
        val usual = slider.progress
        slider.progress = slider.max
        show(bitmap(picture))
        assertEquals(0, detections(activity).size)
        assertEquals("not yet", said, activity.overlay.contentDescription.toString())
        slider.progress = usual
        show(bitmap(picture))
        pass(ANNOUNCEMENTS_SECONDS)
        assertEquals(said, activity.overlay.contentDescription.toString())
        slider.progress = slider.max
        show(bitmap(picture))
        pass(ANNOUNCEMENTS_SECONDS)
        assertEquals("", activity.overlay.contentDescription.toString())
    }

    @Test
    fun modelThatFailsTwiceShowsAMessageAndCanBeRetried() {
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture))
        Calls.failures.set(2)
        show(bitmap(picture))
        await("it is said") { activity.view<View>("message").isShown }
        assertEquals("no box stays over the live preview", 0, detections(activity).size)
        assertEquals(activity.string("try_again"), activity.text("message_action"))
        activity.press("message_action")
        awaitReady(activity)
        show(bitmap(picture))
        assertSees(expected(picture), activity, "tried again")
    }

    @Test
    fun modelThatFailsOnceIsReloadedWithoutAMessage() {
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture))
        Calls.failures.set(1)
        show(bitmap(picture))
        assertEquals("it has failed", 0, Calls.failures.get())
        assertSees(expected(picture), activity, "loaded again")
        assertFalse(activity.view<View>("message").isShown)
    }

    @Test
    fun stoppedAppTakesNoFrameAndGoesOnAfterRestart() {
        val controller = launch()
        val activity = controller.get()
        val picture = pictures().first()
        show(bitmap(picture))
        controller.pause().stop()
        settle()
        assertEquals(0, FakeCamera.show(bitmap(picture)))
        assertEquals("", activity.overlay.contentDescription.toString())
        controller.restart().start().resume()
        show(bitmap(picture))
        assertSees(expected(picture), activity, "after a pause")
    }

    @Test
    fun recreationDuringInferenceReturnsTheFrameAndKeepsTheModel() {
        val controller = launch()
        awaitReady(controller.get())
        val picture = pictures().first()
        val loads = Collections.synchronizedList(mutableListOf<String>())
        Calls.listener = { call -> if (call == "load") loads += call }
        try {
            repeat(5) {
                await("a frame is taken") { FakeCamera.show(bitmap(picture)) > 0 }
                controller.recreate()
            }
        } finally {
            Calls.listener = null
        }
        await("all frames are given back") { FakeCamera.openFrames.get() == 0 }
        show(bitmap(picture))
        assertSees(expected(picture), controller.get(), "after turning")
        assertEquals("the model is not loaded again", 0, loads.size)
    }

    @Test
    fun destructionDuringInferenceReturnsTheFrame() {
        val controller = launch()
        awaitReady(controller.get())
        await("a frame is taken") { FakeCamera.show(bitmap(pictures().first())) > 0 }
        controller.pause().stop().destroy()
        await("the frame is given back") { FakeCamera.openFrames.get() == 0 }
    }

    @Test
    fun mainThreadUsesNeitherTheDiskNorTheModel() {
        val main = Looper.getMainLooper().thread
        val seen = Collections.synchronizedList(mutableListOf<String>())
        Calls.listener = { call -> if (Thread.currentThread() == main) seen += "model: $call" }
        DiskWatch.start(application) { seen += it }
        try {
            val activity = launch().get()
            show(bitmap(pictures().first()))
            choose(activity, "share")
            await("it is shared") { org.robolectric.Shadows.shadowOf(activity).peekNextStartedActivity() != null }
        } finally {
            DiskWatch.stop()
            Calls.listener = null
        }
        assertEquals(emptyList<String>(), seen)
    }

    @Test
    fun heapDoesNotGrowOverAThousandFrames() {
        val activity = launch().get()
        val frame = bitmap(pictures().first())
        repeat(50) { show(frame) }
        val before = used()
        repeat(1000) { show(frame) }
        val grown = used() - before
        assertEquals(0, FakeCamera.openFrames.get())
        assertTrue("the heap has grown by $grown bytes", grown < MOST_GROWTH)
        assertSees(expected(pictures().first()), activity, "after a thousand frames")
    }

    @Test
    fun detectorAllocatesNoPictureForAFrame() {
        launch()
        val frame = bitmap(pictures().first())
        repeat(50) { show(frame) }
        val perFrame = bytesAFrame(frame, times = 200)
        println("$perFrame bytes a frame, the camera's and ExecuTorch's own included")
        assertTrue("$perFrame bytes a frame", perFrame < RGBA_BYTES * frame.width * frame.height)
    }

    private fun used(): Long {
        repeat(3) {
            System.gc()
            Thread.sleep(50)
        }
        return Runtime.getRuntime().run { totalMemory() - freeMemory() }
    }

    private companion object {
        const val MOST_GROWTH = 2_000_000L
        const val RGBA_BYTES = 4 // of a pixel
    }
}
