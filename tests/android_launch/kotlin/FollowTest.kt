package launch

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.os.SystemClock
import android.view.MotionEvent
import android.view.View
import android.widget.CompoundButton
import androidx.camera.core.CameraSelector
import androidx.camera.fake.FakeCamera
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test

/** Things that keep a number from frame to frame. */
class FollowTest : LaunchTestBase() {
    @Test
    fun thingsAreNumberedWhileTheSwitchIsOnAndNoLonger() {
        val activity = launch().get()
        val picture = bitmap(pictures().maxBy { expected(it).size })
        show(picture)
        assertEquals(listOf(0), detections(activity).map { it.track }.distinct())
        activity.press("adjust")
        activity.press("follow")
        activity.press("adjust")
        repeat(3) {
            show(picture)
            assertEquals((1..detections(activity).size).toList(), detections(activity).map { it.track }.sorted())
        }
        val before = detections(activity).associate { it.track to it.x1 }
        assertTrue("something is followed", before.isNotEmpty())
        repeat(12) { step -> show(moved(picture, 2 * step)) }
        for (box in detections(activity).filter { it.track in before }) {
            assertEquals("it has moved on", before.getValue(box.track) + 22, box.x1, 6f)
        }
        screenshot(activity, "following")
        activity.press("adjust")
        activity.press("follow")
        show(picture)
        assertEquals(listOf(0), detections(activity).map { it.track }.distinct())
    }

    @Test
    fun anotherCameraBeginsToCountAnewAndAPhotoHasNoNumbers() {
        val activity = launch().get()
        val picture = bitmap(pictures().maxBy { expected(it).size })
        awaitReady(activity)
        activity.press("adjust")
        activity.press("follow")
        show(picture)
        show(Bitmap.createBitmap(picture.width, picture.height, Bitmap.Config.ARGB_8888))
        activity.press("switch_camera")
        await("the front camera is used") { FakeCamera.boundLens() == CameraSelector.LENS_FACING_FRONT }
        assertTrue("it stays on", activity.view<CompoundButton>("follow").isChecked)
        show(picture)
        assertEquals((1..detections(activity).size).toList(), detections(activity).map { it.track }.sorted())
    }

    @Test
    fun aFingerDrawsALineAndWhatCrossesItIsCounted() {
        val activity = launch().get()
        val picture = bitmap(pictures().maxBy { expected(it).size })
        show(picture)
        activity.press("adjust")
        activity.press("follow")
        activity.press("adjust")
        show(picture)
        val best = detections(activity).first()
        val overlay = activity.overlay
        val scale = minOf(overlay.width / picture.width.toFloat(), overlay.height / picture.height.toFloat())
        val x = (overlay.width - picture.width * scale) / 2 + ((best.x1 + best.x2) / 2 + 11) * scale
        drag(overlay, x, overlay.height * 0.95f, overlay.height * 0.05f)
        for (step in 0..12) show(moved(picture, 2 * step))
        screenshot(activity, "counting")
        assertTrue("${numbersDrawn(overlay)}", numbersDrawn(overlay).first() >= 1)
        assertEquals(0, numbersDrawn(overlay).last())
    }

    /** What came to the right of the line and to its left. */
    private fun numbersDrawn(overlay: View): List<Int> {
        val numbers = mutableListOf<Int>()
        val canvas = object : Canvas(Bitmap.createBitmap(overlay.width, overlay.height, Bitmap.Config.ARGB_8888)) {
            override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
                val number = text.toIntOrNull() ?: return
                numbers += number
                assertTrue("letters of ${paint.textSize} pixels", paint.textSize > SMALLEST_LETTERS)
            }
        }
        overlay.draw(canvas)
        return numbers
    }

    private fun drag(view: View, x: Float, from: Float, to: Float) {
        val start = SystemClock.uptimeMillis()
        val ways = listOf(
            MotionEvent.ACTION_DOWN to from,
            MotionEvent.ACTION_MOVE to (from + to) / 2,
            MotionEvent.ACTION_MOVE to to,
            MotionEvent.ACTION_UP to to
        )
        for ((action, y) in ways) view.dispatchTouchEvent(MotionEvent.obtain(start, start + 50, action, x, y, 0))
    }

    @Test
    fun itIsOffAtFirst() {
        val activity = launch().get()
        awaitReady(activity)
        assertFalse("it is one step away", activity.view<View>("follow").isShown)
        activity.press("adjust")
        assertFalse(activity.view<CompoundButton>("follow").isChecked)
        assertTrue(activity.view<View>("follow").isShown)
    }

    private fun moved(picture: Bitmap, right: Int): Bitmap {
        val moved = Bitmap.createBitmap(picture.width, picture.height, Bitmap.Config.ARGB_8888)
        moved.eraseColor(picture.getPixel(0, 0))
        Canvas(moved).drawBitmap(picture, right.toFloat(), 0f, null)
        return moved
    }

    private companion object {
        const val SMALLEST_LETTERS = 30f
    }
}
