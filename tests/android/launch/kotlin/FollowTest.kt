package launch

import android.app.Activity
import android.graphics.Bitmap
import android.view.MotionEvent
import android.view.View
import android.widget.CompoundButton
import androidx.camera.core.CameraSelector
import androidx.camera.fake.FakeCamera
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

/** Tests of tracking: objects keep their track IDs from frame to frame. */
class FollowTest : LaunchTestBase() {
    @Test
    fun objectsHaveTrackIdsOnlyWhileTheSwitchIsOn() {
        val activity = launch().get()
        val picture = bitmap(pictures().maxBy { expected(it).size })
        show(picture)
        assertEquals(listOf(0), detections(activity).map { it.track }.distinct())
        activity.openSheet()
        assertEquals(activity.string("follow_hint"), activity.text("follow_hint"))
        activity.press("follow")
        assertEquals("what can be done then", activity.string("count_hint"), activity.text("follow_hint"))
        activity.closeSheet()
        repeat(3) {
            show(picture)
            assertEquals((1..detections(activity).size).toList(), detections(activity).map { it.track }.sorted())
        }
        val before = detections(activity).associate { it.track to it.x1 }
        assertTrue("something is followed", before.isNotEmpty())
        repeat(12) { step -> show(moved(picture, 2 * step)) }
        val moved = detections(activity).filter { it.track in before }
        assertTrue("it is followed on", moved.isNotEmpty())
        for (box in moved) {
            assertEquals("it has moved on", before.getValue(box.track) + 22, box.x1, 6f)
        }
        screenshot(activity, "following")
        activity.switchTracking()
        show(picture)
        assertEquals(listOf(0), detections(activity).map { it.track }.distinct())
    }

    @Test
    fun trackIdsRestartForAnotherCameraAndAreAbsentInAPhoto() {
        val activity = launch().get()
        follow(activity)
        val scene = sceneOfLaterNumbers(activity)
        activity.press("switch_camera")
        await("the front camera is used") { FakeCamera.boundLens() == CameraSelector.LENS_FACING_FRONT }
        activity.openSheet()
        assertTrue("it stays on", activity.view<CompoundButton>("follow").isChecked)
        assertTrue(activity.view<View>("follow_hint").isShown)
        show(scene)
        assertNumberedFromOne(activity)
        activity.closeSheet()
        open(activity, png(scene))
        awaitSeen(activity)
        assertTrue("something is seen", detections(activity).isNotEmpty())
        assertEquals(listOf(0), detections(activity).map { it.track }.distinct())
        for (name in listOf("follow", "follow_hint")) assertFalse(name, activity.view<View>(name).isShown)
    }

    @Test
    fun rotatedFrameRestartsTrackIdsAndRemovesTheLine() {
        val activity = launch().get()
        follow(activity)
        val scene = sceneOfLaterNumbers(activity)
        drag(activity.overlay, activity.overlay.width / 2f, activity.overlay.height * 0.95f, 0f)
        show(scene)
        assertEquals("a line", 2, numbersDrawn(activity.overlay).size)
        show(scene, rotation = 0)
        assertNumberedFromOne(activity)
        assertEquals("no line", 0, numbersDrawn(activity.overlay).size)
    }

    @Test
    fun trackIdsRestartAfterTheAppWasStopped() {
        val controller = launch()
        val activity = controller.get()
        follow(activity)
        val scene = sceneOfLaterNumbers(activity)
        controller.pause().stop()
        settle()
        controller.restart().start().resume()
        show(scene)
        assertNumberedFromOne(activity)
    }

    private fun follow(activity: Activity) {
        awaitReady(activity)
        activity.switchTracking()
    }

    /** Moves the picture until an object has a new track ID, and returns the last frame, in which it is visible. */
    private fun sceneOfLaterNumbers(activity: Activity): Bitmap {
        val picture = bitmap(pictures().maxBy { expected(it).size })
        show(picture)
        val first = detections(activity).maxOf { it.track }
        for (right in 20..picture.width / 2 step 10) {
            val scene = moved(picture, right)
            repeat(3) { show(scene) }
            if (detections(activity).any { it.track > first }) return scene
        }
        throw AssertionError("nothing new is followed")
    }

    private fun assertNumberedFromOne(activity: Activity) {
        val numbers = detections(activity).map { it.track }.sorted()
        assertEquals((1..maxOf(1, numbers.size)).toList(), numbers)
    }

    @Test
    fun drawnLineCountsCrossingObjectsUntilAnotherLineIsDrawn() {
        val controller = launch()
        val activity = controller.get()
        val shown = pictures().maxBy { expected(it).size }
        val picture = bitmap(shown)
        follow(activity)
        show(picture)
        val best = detections(activity).first()
        val overlay = activity.overlay
        val place = placeOf(shown, overlay)
        val x = place.left + ((best.x1 + best.x2) / 2 + 11) * place.width() / shown.width
        drag(overlay, x, overlay.height * 0.95f, overlay.height * 0.05f)
        for (step in 0..12) show(moved(picture, 2 * step))
        screenshot(activity, "counting")
        assertTrue("${numbersDrawn(overlay)}", numbersDrawn(overlay).first() >= 1)
        assertEquals(0, numbersDrawn(overlay).last())
        val counted = numbersDrawn(overlay)
        activity.press("hold")
        awaitSeen(activity)
        assertEquals("over what is held", counted, numbersDrawn(overlay))
        activity.press("close_photo")
        awaitReady(activity)
        assertEquals("after that", counted, numbersShown(picture, overlay))
        open(activity, png(picture))
        awaitSeen(activity)
        assertEquals("a photo has no line", emptyList<Int>(), numbersDrawn(overlay))
        activity.press("close_photo")
        controller.pause().stop()
        settle()
        controller.restart().start().resume()
        awaitReady(activity)
        assertEquals("after the app was away", counted, numbersShown(picture, overlay))
        drag(overlay, x, overlay.height * 0.05f, overlay.height * 0.95f)
        assertEquals("another line", listOf(0, 0), numbersShown(picture, overlay))
    }

    @Test
    fun accessibilityActionDrawsALine() {
        val activity = launch().get()
        val picture = bitmap(pictures().maxBy { expected(it).size })
        awaitReady(activity)
        assertNull("there is nothing to count", turning(activity))
        follow(activity)
        show(picture)
        assertTrue(activity.overlay.performAccessibilityAction(turning(activity)!!, null))
        assertEquals(listOf(0, 0), numbersShown(picture, activity.overlay))
        activity.switchTracking()
        assertNull(turning(activity))
    }

    private fun turning(activity: Activity) = activity.overlay.createAccessibilityNodeInfo().actionList
        .find { it.label == activity.string("turn_line") }?.id

    @Test
    fun shortCancelledAndPinchGesturesDrawNoLine() {
        val activity = launch().get()
        val picture = bitmap(pictures().maxBy { expected(it).size })
        follow(activity)
        show(picture)
        val overlay = activity.overlay
        val density = overlay.resources.displayMetrics.density
        var clicks = 0
        overlay.setOnClickListener { ++clicks }
        val (here, far) = (100f to 900f) to (100f to 200f)
        drag(overlay, x = 100f, from = 900f, to = 900f - 47 * density)
        assertEquals("it slipped", emptyList<Int>(), numbersShown(picture, overlay))
        touch(overlay, MotionEvent.ACTION_DOWN, here)
        repeat(3) { touch(overlay, MotionEvent.ACTION_MOVE, far) }
        touch(overlay, MotionEvent.ACTION_CANCEL, far)
        assertEquals("the system took it", emptyList<Int>(), numbersShown(picture, overlay))
        val second = 1 shl MotionEvent.ACTION_POINTER_INDEX_SHIFT
        touch(overlay, MotionEvent.ACTION_DOWN, here)
        touch(overlay, MotionEvent.ACTION_MOVE, far)
        touch(overlay, MotionEvent.ACTION_POINTER_DOWN or second, far, here)
        touch(overlay, MotionEvent.ACTION_POINTER_UP or second, far, here)
        touch(overlay, MotionEvent.ACTION_UP, far)
        assertEquals("it pinched", emptyList<Int>(), numbersShown(picture, overlay))
        for (action in listOf(MotionEvent.ACTION_DOWN, MotionEvent.ACTION_UP)) touch(overlay, action, far)
        repeat(5) { settle() } // two taps follow each other
        drag(overlay, x = 100f, from = 200f, to = 900f)
        assertNotEquals(1f, FakeCamera.zoom)
        assertEquals("it zoomed", emptyList<Int>(), numbersShown(picture, overlay))
        touch(overlay, MotionEvent.ACTION_DOWN, here)
        pass(2)
        touch(overlay, MotionEvent.ACTION_MOVE, far)
        assertEquals("not yet", emptyList<Int>(), numbersShown(picture, overlay))
        touch(overlay, MotionEvent.ACTION_UP, far)
        assertEquals("it took its time", listOf(0, 0), numbersShown(picture, overlay))
        assertEquals("taps", 1, clicks)
    }

    private fun numbersShown(picture: Bitmap, overlay: View): List<Int> {
        show(picture)
        return numbersDrawn(overlay)
    }

    @Test
    fun trackingIsOffByDefault() {
        val activity = launch().get()
        awaitReady(activity)
        assertFalse("it is one step away", activity.view<View>("follow").isShown)
        activity.openSheet()
        assertFalse(activity.view<CompoundButton>("follow").isChecked)
        assertTrue(activity.view<View>("follow").isShown)
    }
}
