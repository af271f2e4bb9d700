package launch

import android.app.Activity
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.RadioButton
import android.widget.TextView
import androidx.camera.fake.FakeCamera
import java.io.File
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import org.robolectric.shadows.ShadowAlertDialog
import vision.models.THE_MODELS
import vision.parity.GoldenVectors
import vision.summary

/**
 * Tests of the switch in an app with two models that have different class names. The last test is for a project with a
 * broken second model (system property `broken`).
 */
class SwitchTest : LaunchTestBase() {
    private val isBroken = System.getProperty("broken") != null
    private val names = THE_MODELS.map { it.info.classNames }
    private val best = THE_MODELS.map { model ->
        val folder = File(System.getProperty("vectors")!!, model.folder)
        val theirs = GoldenVectors.read { File(folder, it).inputStream() }
        (0 until theirs.size).map(theirs::picture).maxBy { expected(it).size }
    }

    @After
    fun removeTheListener() {
        Calls.listener = null
    }

    @Test
    fun switchKeepsCameraAndPanelAndShowsTheNextModelsClasses() {
        assumeTrue(!isBroken)
        val loaded = AtomicInteger()
        Calls.listener = { if (it == "load") loaded.incrementAndGet() }
        val activity = started()
        show(bitmap(best[0]))
        assertShows(activity, 0)
        chips(activity).first().performClick()
        val binds = FakeCamera.binds
        activity.press("adjust")
        for (number in listOf(1, 0)) {
            choose(activity, number)
            assertEquals("nothing of the model before", 0, detections(activity).size)
            assertFalse(activity.view<View>("chips").isShown)
            assertTrue("the sheet stays", activity.view<View>("sheet").isShown)
            show(bitmap(best[number]))
            assertShows(activity, number) // and all classes
        }
        assertEquals("the camera runs on", binds, FakeCamera.binds)
        assertEquals("one after the other", 3, loaded.get())
    }

    @Test
    fun switchAnalysesThePhotoWithTheNextModel() {
        assumeTrue(!isBroken)
        val activity = started()
        open(activity, png(bitmap(best[0])))
        awaitSeen(activity)
        val before = activity.overlay.contentDescription.toString()
        activity.press("adjust")
        choose(activity, 1)
        awaitSeen(activity)
        assertTrue("the photo stays", activity.view<View>("picture").isShown)
        await("another model has looked at it") { said(activity).isNotEmpty() && said(activity) != before }
        assertTrue(names[1].any { it in said(activity) })
        assertFalse(names[0].any { it in said(activity) })
    }

    /** The main thread switches while the previous model analyses a frame. */
    @Test
    fun frameInProgressDuringASwitchIsNotShown() {
        assumeTrue(!isBroken)
        val activity = started()
        activity.press("adjust")
        val began = CountDownLatch(1)
        val goOn = CountDownLatch(1)
        val isFirst = AtomicBoolean(true)
        Calls.listener = {
            if (it == "execute" && isFirst.getAndSet(false)) {
                began.countDown()
                goOn.await()
            }
        }
        assertTrue(FakeCamera.show(bitmap(best[0])) > 0)
        await("the model before is at work") { began.count == 0L }
        buttons(activity)[1].performClick()
        settle()
        goOn.countDown()
        val seen = mutableSetOf<String>()
        await("the next one is loaded") {
            seen += texts(activity) + said(activity)
            isReady(activity)
        }
        await("the frame is given back") { FakeCamera.openFrames.get() == 0 }
        settle()
        assertEquals("nothing was shown of it", setOf(""), seen + texts(activity) + said(activity))
        assertEquals(0, detections(activity).size)
        show(bitmap(best[1]))
        assertShows(activity, 1)
    }

    @Test
    fun captureAndSelfCheckUseTheSelectedModel() {
        assumeTrue(!isBroken)
        val activity = started()
        activity.press("adjust")
        choose(activity, 1)
        activity.closeSheet()
        show(bitmap(best[1]))
        choose(activity, "looks_wrong")
        show(bitmap(best[1]))
        await("it is written") { ShadowAlertDialog.getLatestDialog() != null }
        val captured = File(application.cacheDir, "shared").listFiles()!!.single()
        captured.copyTo(File(System.getProperty("out")!!, "capture.tar"), overwrite = true)
        val check = launch("SelfCheckActivity").get()
        await("it has a verdict") { check.view<View>("share_report").isEnabled }
        val report = check.text("report")
        val compared = Regex("PASSED: the same as PyTorch on (\\d+) pictures").find(report)?.groupValues
        val verdict = check.string("verdict_passed", "${compared?.last()}")
        assertEquals("${THE_MODELS[1].info.name}: $verdict", check.text("status"))
        assertTrue(report, THE_MODELS[1].info.sha256 in report)
    }

    @Test
    fun selectedModelSurvivesRecreation() {
        assumeTrue(!isBroken)
        val controller = launch()
        awaitReady(controller.get())
        controller.get().press("adjust")
        choose(controller.get(), 1)
        controller.recreate()
        val activity = controller.get()
        assertEquals(listOf(false, true), buttons(activity).map { it.isChecked })
        show(bitmap(best[1]))
        assertShows(activity, 1)
    }

    @Test
    fun switchToAnUnreadableModelKeepsThePreviousOne() {
        assumeTrue(isBroken)
        val activity = started()
        activity.press("adjust")
        buttons(activity)[1].performClick()
        await("it says why, and the one before is ready") {
            activity.text("message").startsWith(THE_MODELS[1].info.name) && buttons(activity).all { it.isEnabled }
        }
        assertTrue(activity.text("message"), "is damaged" in activity.text("message"))
        assertEquals(listOf(true, false), buttons(activity).map { it.isChecked })
        show(bitmap(best[0]))
        assertShows(activity, 0)
        screenshot(activity, "kept")
        val button = activity.view<Button>("message_action")
        assertTrue(button.isShown)
        button.performClick()
        await("it was read") { !activity.view<View>("message").isShown }
    }

    private fun started() = launch().get().also(::awaitReady)

    private fun isReady(activity: Activity) =
        !activity.view<View>("message").isShown && buttons(activity).all { it.isEnabled }

    private fun buttons(activity: Activity) = children(activity, "models").map { it as RadioButton }

    private fun choose(activity: Activity, number: Int) {
        buttons(activity)[number].performClick()
        await("it is loaded") { isReady(activity) }
    }

    private fun assertShows(activity: Activity, number: Int) {
        val boxes = expected(best[number])
        assertEquals(boxes.map { it.classId }.sorted(), detections(activity).map { it.classId }.sorted())
        pass(ANNOUNCEMENTS_SECONDS)
        assertEquals(summary(detections(activity), names[number]), said(activity))
        val counts = boxes.groupingBy { it.classId }.eachCount()
        val words = counts.map { (classId, count) -> "${names[number][classId]} × $count" }
        assertEquals(words.toSet(), texts(activity).toSet())
    }

    private fun said(activity: Activity) = activity.overlay.contentDescription?.toString().orEmpty()

    private fun chips(activity: Activity) = children(activity, "chip_row").map { it as TextView }

    private fun children(activity: Activity, name: String) =
        activity.view<ViewGroup>(name).let { group -> List(group.childCount, group::getChildAt) }

    private fun texts(activity: Activity) = chips(activity).map { it.text.toString() }
}
