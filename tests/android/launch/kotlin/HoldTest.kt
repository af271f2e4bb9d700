package launch

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.view.View
import android.widget.ImageView
import android.widget.ScrollView
import androidx.camera.core.CameraSelector
import androidx.camera.fake.FakeCamera
import java.util.concurrent.atomic.AtomicInteger
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls

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
            val most = activity.slider("most")
            most.progress = 1
            await("one thing is shown") { detections(activity).size == 1 }
            assertEquals("the surest", expected(picture).maxOf { it.score }, detections(activity).single().score, 0.01f)
            most.progress = most.max
            activity.slider("iou").progress = 100
            await("boxes may overlap") { detections(activity).size > expected(picture).size }
            activity.openSheet()
            screenshot(activity, "held")
            assertFalse("folded", activity.view<View>("iou").isShown)
            activity.press("advanced")
            settle()
            assertTrue(activity.view<View>("iou").isShown)
            activity.view<ScrollView>("sheet").fullScroll(View.FOCUS_DOWN)
            pass(1)
            assertTrue("the stages", activity.view<View>("stage_times").isShown && "ms" in activity.text("stage_times"))
            screenshot(activity, "advanced")
        } finally {
            Calls.listener = null
        }
        assertEquals("the model is not asked again", 0, runs.get())
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
