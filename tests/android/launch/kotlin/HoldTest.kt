package launch

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.view.View
import android.widget.ImageView
import android.widget.ScrollView
import android.widget.SeekBar
import android.widget.Switch
import androidx.camera.core.CameraSelector
import androidx.camera.fake.FakeCamera
import java.util.concurrent.atomic.AtomicInteger
import kotlin.math.roundToInt
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import vision.THE_MODEL

/** Tests of the frozen frame of the camera. */
class HoldTest : LaunchTestBase() {
    private val picture by lazy { pictures().maxBy { expected(it).size } }

    @Test
    fun thresholdsChangeOverAFrozenFrameWithoutInference() {
        val activity = held(rotation = 90)
        assertSees(expected(picture), activity, "held")
        assertEquals("the camera rests", 0, FakeCamera.show(bitmap(picture)))
        assertFalse(activity.view<View>("hold").isShown)
        val runs = AtomicInteger()
        Calls.listener = { if (it == "execute") runs.incrementAndGet() }
        try {
            val most = activity.view<SeekBar>("most")
            most.progress = 1
            await("one thing is shown") { detections(activity).size == 1 }
            assertEquals("the surest", expected(picture).maxOf { it.score }, detections(activity).single().score, 0.01f)
            most.progress = most.max
            activity.view<SeekBar>("iou").progress = 100
            await("boxes may overlap") { detections(activity).size > expected(picture).size }
            activity.press("adjust")
            screenshot(activity, "held")
            activity.view<ScrollView>("panel").fullScroll(View.FOCUS_DOWN)
            pass(1)
            val bars = activity.view<View>("stage_bars")
            assertTrue("bars of the stages", bars.isShown && bars.width > 0)
            assertEquals(activity.text("stage_times"), bars.contentDescription)
            screenshot(activity, "stages")
        } finally {
            Calls.listener = null
        }
        assertEquals("the model is not asked again", 0, runs.get())
    }

    @Test
    fun compareSwitchCountsAndDashesBoxesBetweenTwoConfidences() {
        val activity = held()
        val all = expected(picture).map { it.score }.sorted()
        val between = (all.first() + all.last()) / 2
        assertTrue("there are surer things and others", all.any { it > between } && all.any { it <= between })
        activity.press("adjust")
        val compare = activity.view<Switch>("compare")
        assertFalse("there is nothing to number in one picture", activity.view<View>("follow").isShown)
        compare.isChecked = true
        val confidence = activity.view<SeekBar>("confidence")
        confidence.progress = (100 * between).roundToInt()
        val higher = confidence.progress / 100f
        val sure = all.count { it > higher }
        val said = activity.string(
            "compare_counts",
            "%.2f".format(THE_MODEL.confidence),
            "${all.size}",
            "%.2f".format(higher),
            "$sure"
        )
        await("both are counted") { activity.text("compare_counts") == said }
        assertEquals("all are drawn", all.size, detections(activity).size)
        choose(activity, "share_json")
        val shared = JSONObject(awaitShared(activity, "application/json").use { it.reader().readText() })
        assertEquals("what is set is shared", sure, shared.getJSONArray("detections").length())
        screenshot(activity, "compared")
        activity.press("adjust")
        assertEquals("some of them dashed", all.size - sure, dashed(activity.overlay))
        activity.press("adjust")
        compare.isChecked = false
        await("one confidence counts again") { detections(activity).size == sure }
        assertEquals(activity.string("compare_hint"), activity.text("compare_counts"))
    }

    /** The number of boxes that are drawn with a dashed line. */
    private fun dashed(overlay: View): Int {
        var count = 0
        overlay.draw(object : Canvas(Bitmap.createBitmap(overlay.width, overlay.height, Bitmap.Config.ARGB_8888)) {
            override fun drawRect(left: Float, top: Float, right: Float, bottom: Float, paint: Paint) {
                if (paint.pathEffect != null) ++count
            }
        })
        return count
    }

    @Test
    fun closingTheFrozenFrameReturnsToTheCamera() {
        val activity = held()
        activity.press("close_photo")
        awaitReady(activity)
        val other = pictures().last()
        show(bitmap(other))
        assertSees(expected(other), activity, "the camera goes on")
        assertTrue(activity.view<View>("hold").isShown)
    }

    @Test
    fun frozenFrameOfTheFrontCameraStaysMirrored() {
        FakeCamera.reset(CameraSelector.LENS_FACING_FRONT)
        val activity = held()
        assertSees(expected(picture), activity, "as the camera saw it")
        val upright = bitmap(picture)
        val view = activity.view<ImageView>("picture")
        val drawn = Bitmap.createBitmap(upright.width, upright.height, Bitmap.Config.ARGB_8888)
        view.drawable.setBounds(0, 0, upright.width, upright.height)
        view.drawable.draw(Canvas(drawn))
        val right = upright.width - 1
        val different = (0 until upright.height).sumOf { y ->
            (0..right).count { x -> drawn.getPixel(x, y) != upright.getPixel(right - x, y) }
        }
        assertTrue("$different pixels differ", different < upright.width * upright.height / 20)
    }

    private fun held(rotation: Int = -1): Activity {
        val activity = launch().get()
        awaitReady(activity)
        assertFalse("there is nothing to hold yet", activity.view<View>("hold").isShown)
        show(bitmap(picture), rotation)
        activity.press("hold")
        awaitSeen(activity)
        return activity
    }
}
