package launch

import android.app.Activity
import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.Detection
import vision.THE_MODEL

/** Tests of the class chips over the camera preview and over photos. */
class ChipsTest : LaunchTestBase() {
    private val picture by lazy { pictures().maxBy { each -> expected(each).map { it.classId }.distinct().size } }
    private val boxes by lazy { expected(picture) }

    @Test
    fun chipsCountEachClassAndATapShowsOneClassAlone() {
        val activity = launch().get()
        awaitReady(activity)
        assertFalse(activity.view<View>("chips").isShown)
        show(bitmap(picture))
        assertEquals(words(boxes), texts(activity))
        val chosen = boxes.last().classId
        tap(activity, chosen)
        show(bitmap(picture))
        assertSees(boxes.filter { it.classId == chosen }, activity, "one class")
        assertEquals("all are counted", words(boxes), texts(activity))
        show(bitmap(picture)) // enough time has passed for a frame rate
        screenshot(activity, "one-class")
        tap(activity, chosen)
        show(bitmap(picture))
        assertSees(boxes, activity, "all classes")
    }

    @Test
    fun chipTapInAPhotoShowsOneClassAtOnce() {
        val activity = launch().get()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        assertEquals(words(boxes), texts(activity))
        val chosen = boxes.first().classId
        tap(activity, chosen)
        val left = boxes.filter { it.classId == chosen }
        await("one class is shown") { detections(activity).size == left.size }
        assertSees(left, activity, "one class")
        tap(activity, chosen)
        await("all are shown") { detections(activity).size == boxes.size }
    }

    @Test
    fun chipsAreHiddenAfterASwitchOfCameras() {
        val activity = launch().get()
        show(bitmap(picture))
        assertTrue(texts(activity).isNotEmpty())
        activity.press("switch_camera")
        await("they are gone") { !activity.view<View>("chips").isShown }
    }

    private fun words(boxes: List<Detection>) = boxes.groupingBy { it.classId }.eachCount().entries
        .sortedByDescending { it.value }.map { (classId, count) -> "${THE_MODEL.classNames[classId]} × $count" }

    private fun chips(activity: Activity) =
        activity.view<ViewGroup>("chip_row").let { row -> List(row.childCount) { row.getChildAt(it) as TextView } }

    private fun texts(activity: Activity) = chips(activity).map { it.text.toString() }

    private fun chip(activity: Activity, classId: Int) =
        chips(activity).single { it.text.startsWith("${THE_MODEL.classNames[classId]} ") }

    private fun tap(activity: Activity, classId: Int) {
        chip(activity, classId).performClick()
        settle()
    }
}
