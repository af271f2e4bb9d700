package launch

import android.app.Activity
import android.content.Intent
import android.view.View
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Shadows.shadowOf
import vision.ModelInfo

/** The self-check inside the app. */
class SelfCheckTest : LaunchTestBase() {
    @Test
    fun comparesEveryStageOnThisDevice() {
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
        assertTrue(report, ModelInfo.SHA256 in report)
        assertTrue(
            "a benchmark",
            report.lines().any {
                Regex("1 thread: [\\d.]+, [\\d.]+, [\\d.]+, [\\d.]+").matches(it)
            }
        )
        screenshot(controller.get(), "self-check")
    }

    @Test
    fun itsReportIsSharedAsText() {
        val activity = launch("SelfCheckActivity").get()
        awaitReport(activity)
        activity.press("share_report")
        val chooser = shadowOf(activity).nextStartedActivity

        @Suppress("DEPRECATION")
        val send = chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)!!
        assertEquals("text/plain", send.type)
        assertEquals(activity.text("report"), send.getStringExtra(Intent.EXTRA_TEXT))
    }

    private fun awaitReport(activity: Activity) = await("the report is there") { activity.view<View>("run").isEnabled }
}
