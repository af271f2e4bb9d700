package election

import android.app.Activity
import edgegen.Election
import edgegen.election
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

/** Launches an app with a program for Vulkan. System property `behavior`: the file that steers its double. */
abstract class ElectionTestBase : LaunchTestBase() {
    protected val picture by lazy { pictures().maxBy { expected(it).size } }
    protected val elected = Regex("Vulkan, [\\d.]+ ms \\(checked on \\d+ pictures\\); CPU [\\d.]+ ms")
    protected val record get() = File(application.noBackupFilesDir, "election.json")
    protected val election: Election<*> get() = application.election

    protected fun steer(behavior: String) = File(System.getProperty("behavior")!!).writeText(behavior)

    @After
    fun endTrials() {
        steer("right")
        Calls.listener = null
        await("no trial runs") { threads("election").isEmpty() }
    }

    protected fun start(): ActivityController<Activity> = launch().also { awaitReady(it.get()) }

    /** The activity ends and starts again: the next start reads the record. */
    protected fun restart(controller: ActivityController<Activity>): ActivityController<Activity> {
        controller.pause().stop().destroy()
        await("the trial has ended") { threads("analysis").isEmpty() && threads("detector").isEmpty() }
        val before = election.state.value
        return start().also { await("the record is read") { election.state.value !== before } }
    }

    protected fun awaitLine(activity: Activity, text: String) = await("the line is '$text'; it is ${line(activity)}") {
        line(activity).startsWith(text)
    }

    protected fun awaitElected(activity: Activity) = await("Vulkan serves; the line is ${line(activity)}") {
        elected.matches(line(activity))
    }

    protected fun line(activity: Activity) = activity.text("backend_line")

    protected fun state() = Regex("\"state\":\"(\\w+)\"").find(record.readText())!!.groupValues[1]

    /** Runs the self-check in the sheet. */
    protected fun checkThisDevice(activity: Activity) {
        activity.press("menu")
        activity.press("run_self_check")
        await("it runs") { activity.text("verdict_details").isNotEmpty() }
        await("the self-check has ended") { activity.text("run_self_check") == activity.string("run_self_check") }
        assertTrue(activity.text("verdict"), activity.text("verdict").startsWith("Same result as PyTorch"))
        activity.press("scrim")
    }

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
