package launch

import android.app.Activity
import android.content.Intent
import android.view.View
import androidx.camera.fake.FakeCamera
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import org.robolectric.Shadows.shadowOf
import vision.THE_MODEL

/** Tests of the self-check in the app. */
class SelfCheckTest : LaunchTestBase() {
    @Test
    fun selfCheckComparesEveryStageAndShowsAVerdict() {
        val controller = launch("SelfCheckActivity")
        val activity = controller.get()
        await("it has begun") { activity.text("report").isNotEmpty() }
        controller.recreate() // the phone is turned: it goes on
        awaitReport(controller.get())
        val report = controller.get().text("report")
        println(report)
        assertTrue(report, "PASSED" in report && "FAILED" !in report)
        for (stage in listOf("constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes")) {
            assertTrue(stage, report.lines().any { it.startsWith("$stage: passed, worst difference ") })
        }
        assertTrue(report, THE_MODEL.sha256 in report)
        assertTrue(
            "a benchmark",
            report.lines().any {
                Regex("1 thread: [\\d.]+, [\\d.]+, [\\d.]+, [\\d.]+").matches(it)
            }
        )
        assertEquals(passed(controller.get()), controller.get().text("status"))
        val details = controller.get().text("verdict_details")
        assertTrue(details, Regex("[\\d.]+ ms for one picture \\(threads: [124]\\)").containsMatchIn(details))
        assertTrue(details, THE_MODEL.precision in details)
        screenshot(controller.get(), "self-check")
        assertEquals("\u2713 constants", controller.get().text("stages").lines().first())
        assertFalse("folded", controller.get().view<View>("report").isShown)
        controller.get().press("show_report")
        settle()
        assertTrue(controller.get().view<View>("report").isShown)
    }

    @Test
    fun selfCheckAndCameraNeverLoadAModelAtTheSameTime() {
        val camera = launch().get()
        val picture = pictures().first()
        show(bitmap(picture))
        val check = launch("SelfCheckActivity").get()
        await("the report is there, while frames go on") {
            FakeCamera.show(bitmap(picture))
            isDone(check)
        }
        assertTrue(check.text("report"), "2 threads: " in check.text("report"))
        await("all frames are given back") { FakeCamera.openFrames.get() == 0 }
        show(bitmap(picture))
        assertSees(expected(picture), camera, "with the model loaded again")
        assertEquals(emptyList<String>(), Calls.replacedUnderAModule)
    }

    @Test
    fun leavingTheScreenEndsTheSelfCheck() {
        val controller = launch("SelfCheckActivity")
        await("it compares") { controller.get().text("report").isNotEmpty() }
        val runs = AtomicInteger()
        Calls.listener = { if (it == "execute") runs.incrementAndGet() }
        controller.pause().stop().destroy()
        await("it has ended") { threads("self-check").isEmpty() }
        Calls.listener = null
        assertTrue("$runs more inferences", runs.get() <= 4)
    }

    @Test
    fun selfCheckEndsWhenTheAppIsHidden() {
        val isHidden = CountDownLatch(1)
        Calls.listener = { if (it == "execute") isHidden.await() }
        val controller = launch("SelfCheckActivity")
        controller.pause().stop()
        isHidden.countDown()
        await("it has ended") { threads("self-check").isEmpty() }
        Calls.listener = null
        controller.restart().start().resume()
        awaitReport(controller.get())
        assertEquals(controller.get().string("self_check_stopped"), controller.get().text("status"))
    }

    @Test
    fun selfCheckCanBeStoppedAndRunAgain() {
        val activity = launch("SelfCheckActivity").get()
        await("it compares") { activity.text("report").isNotEmpty() }
        assertEquals(activity.string("self_check_running"), activity.text("status"))
        activity.press("run")
        awaitReport(activity)
        assertEquals(activity.string("self_check_stopped"), activity.text("status"))
        activity.press("run")
        await("it runs") { !isDone(activity) }
        awaitReport(activity)
        assertEquals(passed(activity), activity.text("status"))
    }

    @Test
    fun screenReaderAnnouncesOnlyTheStatus() {
        val activity = launch("SelfCheckActivity").get()
        assertEquals(View.ACCESSIBILITY_LIVE_REGION_NONE, activity.view<View>("report").accessibilityLiveRegion)
        assertEquals(View.ACCESSIBILITY_LIVE_REGION_POLITE, activity.view<View>("status").accessibilityLiveRegion)
    }

    @Test
    fun reportIsSharedAsText() {
        val activity = launch("SelfCheckActivity").get()
        awaitReport(activity)
        activity.press("share_report")
        val chooser = shadowOf(activity).nextStartedActivity

        @Suppress("DEPRECATION")
        val send = chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)!!
        assertEquals("text/plain", send.type)
        assertEquals(activity.text("report"), send.getStringExtra(Intent.EXTRA_TEXT))
    }

    /** The text of the verdict card for a passed report with the same number of pictures. */
    private fun passed(activity: Activity): String {
        val line = Regex("PASSED: the same as PyTorch on (\\d+) pictures").find(activity.text("report"))!!
        return activity.string("verdict_passed", line.groupValues[1])
    }

    private fun isDone(activity: Activity) = activity.view<View>("share_report").isEnabled

    private fun awaitReport(activity: Activity) = await("the report is there") { isDone(activity) }
}
