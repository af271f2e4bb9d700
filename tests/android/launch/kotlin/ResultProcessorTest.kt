package launch

import android.view.View
import org.example.shapes.Processed
import org.example.shapes.instead
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Test
import vision.Detection
import vision.VisionResult

/** Tests of the result processor in the README, and of others in the app. */
class ResultProcessorTest : LaunchTestBase() {
    private val large = Detection(0f, 0f, 10f, 10f, score = 0.5f, classId = 0)
    private val tiny = Detection(0f, 0f, 9f, 9f, score = 0.9f, classId = 0)
    private val picture by lazy { pictures().first() }

    @After
    fun useTheUsualProcessor() {
        instead = null
    }

    @Test
    fun processorHidesBoxesBelowOneHundredthOfThePicture() {
        val result = VisionResult.Boxes(width = 100, height = 100, boxes = listOf(tiny, large))
        assertEquals(listOf(large), ResultProcessor().process(result, listOf("a")).result.boxes)
    }

    @Test
    fun textOfTheProcessorIsShownOverTheCameraAndOverAPhoto() {
        val activity = launch().get()
        show(bitmap(picture))
        assertFalse(activity.view<View>("result_text").isShown)
        instead = { Processed(it, "${it.boxes.size} found") }
        val text = "${expected(picture).size} found"
        show(bitmap(picture))
        await("the text is shown") { activity.text("result_text") == text }
        screenshot(activity, "result-text")
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        assertEquals(text, activity.text("result_text"))
    }

    @Test
    fun failingProcessorIsNamedAndTheModelStaysLoaded() {
        val activity = launch().get()
        awaitReady(activity)
        instead = { error("no such class") }
        awaitProcessorMessage(activity, picture, "java.lang.IllegalStateException: no such class")
        instead = null
        val calls = callsOfAnotherTry(activity, picture)
        assertSees(expected(picture), activity, "after another try")
        assertFalse("$calls", "load" in calls)
    }
}
