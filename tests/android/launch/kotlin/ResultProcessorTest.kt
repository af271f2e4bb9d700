package launch

import android.app.Activity
import android.graphics.Bitmap
import android.view.View
import androidx.camera.core.CameraSelector
import androidx.camera.fake.FakeCamera
import crops.ResultProcessor as CropSaver
import edgegen.Picture
import java.util.Collections
import java.util.concurrent.atomic.AtomicInteger
import org.example.shapes.Processed
import org.example.shapes.instead
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Test
import org.pytorch.executorch.Calls
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult

/** Tests of the result processors in the README, and of others in the app. */
class ResultProcessorTest : LaunchTestBase() {
    private val picture by lazy { pictures().maxBy { expected(it).size } }
    private val upright by lazy { bitmap(picture) }
    private val crops = Collections.synchronizedList(mutableListOf<Pair<Detection, Bitmap?>>())

    @After
    fun useTheUsualProcessor() {
        instead = null
    }

    @Test
    fun readmesFirstExampleCountsTheObjectsOfAClass() {
        val boxes = listOf(0, 1, 0).map { Detection(0f, 0f, 9f, 9f, score = 0.5f, classId = it) }
        val result = VisionResult.Boxes(width = 100, height = 100, boxes)
        val unused = Picture(result.width, result.height) { error("it copies no pixel") }
        val processed = ResultProcessor().process(result, unused, THE_MODEL.classNames)
        assertEquals("${THE_MODEL.classNames[0]}: 2", processed.text)
        assertEquals(boxes, processed.result.boxes)
    }

    @Test
    fun readmesSecondExampleSavesACropOfEachClass() = withTemporaryFilesInTheCache {
        instead = CropSaver()::process
        val activity = launch().get()
        repeat(2) { show(upright, rotation = 90) }
        assertSavedCrops(upright, detections(activity))
        val found = detections(activity).map { THE_MODEL.classNames[it.classId] }.distinct().joinToString()
        assertEquals("saved: $found", activity.text("result_text"))
    }

    @Test
    fun processorCutsBoxesOutOfFramesPhotosAndCaptures() {
        recordCrops()
        val activity = launch().get()
        show(upright, rotation = 90)
        assertAreCrops(upright, expected(picture).size, crops)
        choose(activity, "looks_wrong")
        show(upright, rotation = 270)
        assertAreCrops(upright, expected(picture).size, crops)
        open(activity, png(upright))
        awaitSeen(activity)
        assertAreCrops(upright, expected(picture).size, crops)
        assertCropsWithoutAnotherRun(activity)
    }

    /** The frozen frame is shown mirrored, and the crop is as the camera took it. */
    @Test
    fun processorCutsBoxesOutOfAFrozenFrameOfTheFrontCamera() {
        FakeCamera.reset(CameraSelector.LENS_FACING_FRONT)
        recordCrops()
        val activity = launch().get()
        awaitReady(activity)
        show(upright)
        assertAreCrops(upright, expected(picture).size, crops)
        activity.press("hold")
        awaitSeen(activity)
        assertAreCrops(upright, expected(picture).size, crops)
        assertCropsWithoutAnotherRun(activity)
    }

    /** Of fewer detections, after a threshold has changed. */
    private fun assertCropsWithoutAnotherRun(activity: Activity) {
        val runs = AtomicInteger()
        Calls.listener = { if (it == "execute") runs.incrementAndGet() }
        try {
            activity.slider("most").progress = 1
            await("one thing is shown") { detections(activity).size == 1 }
        } finally {
            Calls.listener = null
        }
        assertEquals(0, runs.get())
        assertAreCrops(upright, 1, crops)
    }

    private fun recordCrops() {
        instead = { result, seen, _ ->
            crops += result.boxes.map { it to seen.crop(it) }
            Processed(result)
        }
    }

    @Test
    fun textOfTheProcessorIsShownOverTheCameraAndOverAPhoto() {
        val activity = launch().get()
        show(upright)
        assertFalse(activity.view<View>("result_text").isShown)
        instead = { result, _, _ -> Processed(result, "${result.boxes.size} found") }
        val text = "${expected(picture).size} found"
        show(upright)
        await("the text is shown") { activity.text("result_text") == text }
        screenshot(activity, "result-text")
        open(activity, png(upright))
        awaitSeen(activity)
        assertEquals(text, activity.text("result_text"))
    }

    @Test
    fun failingProcessorIsNamedAndTheModelStaysLoaded() {
        val activity = launch().get()
        awaitReady(activity)
        instead = { _, _, _ -> error("no such class") }
        awaitProcessorMessage(activity, picture, "java.lang.IllegalStateException: no such class")
        instead = null
        val calls = callsOfAnotherTry(activity, picture)
        assertSees(expected(picture), activity, "after another try")
        assertFalse("$calls", "load" in calls)
    }
}
