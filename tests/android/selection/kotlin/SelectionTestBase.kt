package selection

import android.app.Activity
import android.view.View
import edgegen.Selection
import edgegen.selection
import java.io.File
import kotlin.math.abs
import launch.LaunchTestBase
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.pytorch.executorch.Calls
import org.robolectric.android.controller.ActivityController
import vision.Detection
import vision.VisionResult

/**
 * Launches an app with a program for Vulkan. System properties: `behavior`, the file that steers its double; `app`, starter
 * or studio.
 */
abstract class SelectionTestBase : LaunchTestBase() {
    protected val picture by lazy { pictures().maxBy { expected(it).size } }
    protected val selected = Regex("Vulkan, [\\d.]+ ms \\(checked on \\d+ pictures\\); CPU [\\d.]+ ms")
    protected val record get() = File(application.noBackupFilesDir, "selection.json")
    protected val marker get() = File(record.path + ".running")
    protected val selection: Selection<*> get() = application.selection

    protected fun steer(behavior: String) = File(System.getProperty("behavior")!!).writeText(behavior)

    @After
    fun endTrials() {
        steer("right")
        Calls.listener = null
        await("no trial runs") { threads("selection").isEmpty() }
    }

    protected fun start(): ActivityController<Activity> = launch().also { awaitReady(it.get()) }

    /** The activity ends and starts again: the next start reads the record. */
    protected fun restart(controller: ActivityController<Activity>): ActivityController<Activity> {
        val running = selection.state.value
        controller.pause().stop().destroy()
        await("the selection has ended") { selection.state.value !== running }
        val before = selection.state.value
        return start().also { await("the record is read") { selection.state.value !== before } }
    }

    protected fun awaitLine(activity: Activity, text: String) = await("the line is '$text'; it is ${line(activity)}") {
        line(activity).startsWith(text)
    }

    protected fun awaitSelected(activity: Activity) = await("Vulkan serves; the line is ${line(activity)}") {
        selected.matches(line(activity))
    }

    protected fun line(activity: Activity) = activity.text("backend_line")

    protected fun state() = Regex("\"state\":\"(\\w+)\"").find(record.readText())!!.groupValues[1]

    private val isStudio = System.getProperty("app") == "studio"

    protected fun openSettings(activity: Activity) {
        activity.press(if (isStudio) "adjust" else "menu")
        settle()
        if (isStudio) activity.press("advanced")
        settle()
    }

    /** Runs the self-check, and returns its report. */
    protected fun checkThisDevice(activity: Activity): String {
        if (isStudio) return checkInStudio()
        activity.press("menu")
        activity.press("run_self_check")
        await("it runs") { activity.text("verdict_details").isNotEmpty() }
        await("the self-check has ended") { activity.text("run_self_check") == activity.string("run_self_check") }
        assertTrue(activity.text("verdict"), activity.text("verdict").startsWith("The results are the same"))
        return activity.text("verdict_details").also { activity.press("scrim") }
    }

    private fun checkInStudio(): String {
        val controller = launch("SelfCheckActivity")
        val activity = controller.get()
        await("the self-check has ended") { activity.view<View>("share_report").isEnabled && hasReport(activity) }
        val report = activity.text("report")
        assertTrue(report, "PASSED" in report && "FAILED" !in report)
        controller.pause().stop().destroy()
        return report
    }

    private fun hasReport(activity: Activity) = "together" in activity.text("report")

    /** Shows the picture to the camera, and compares the screen with PyTorch's boxes. */
    protected fun assertCameraWorks(activity: Activity) {
        show(bitmap(picture))
        settle()
        val seen = (activity.overlay.javaClass.getMethod("getShown").invoke(activity.overlay) as VisionResult?)
            ?.boxes.orEmpty()
        val right = expected(picture)
        assertEquals(text(seen), right.size, seen.size)
        for (one in right) assertTrue("$one of ${text(seen)}", seen.any { isSame(it, one) })
    }

    private fun isSame(seen: Detection, right: Detection): Boolean {
        val corner = vectors.tolerances.corner
        val corners = listOf(seen.x1 - right.x1, seen.y1 - right.y1, seen.x2 - right.x2, seen.y2 - right.y2)
        return seen.classId == right.classId && abs(seen.score - right.score) <= vectors.tolerances.score &&
            corners.all { abs(it) <= corner }
    }
}
