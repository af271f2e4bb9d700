package launch

import android.graphics.Bitmap
import android.view.View
import android.widget.ImageView
import androidx.activity.ComponentActivity
import androidx.camera.fake.FakeCamera
import java.util.Collections
import java.util.concurrent.CountDownLatch
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import vision.parity.GoldenVectors

/** Tests of photos from the gallery. */
class PhotoTest : LaunchTestBase() {
    @Test
    fun photoShowsPyTorchsBoxesAndPausesTheCamera() {
        val activity = launch().get()
        awaitReady(activity)
        val picture = pictures().first()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        assertSees(expected(picture), activity, "a photo")
        assertEquals("the camera rests", 0, FakeCamera.show(bitmap(picture)))
        screenshot(activity, "photo")
    }

    @Test
    fun photoIsShownAgainAfterTheActivityIsRecreated() {
        val first = launch()
        val picture = pictures().first()
        open(first.get(), png(bitmap(picture)))
        awaitSeen(first.get())
        first.recreate()
        awaitSeen(first.get())
        assertSees(expected(picture), first.get(), "after turning the phone")
    }

    @Test
    fun photoIsReleasedWhileTheAppIsHidden() {
        val controller = launch()
        val activity = controller.get()
        val picture = pictures().first()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        controller.pause().stop()
        settle()
        assertNull(activity.view<ImageView>("picture").drawable)
        controller.restart().start().resume()
        awaitSeen(activity)
        assertSees(expected(picture), activity, "read again")
        assertEquals("the camera rests", 0, FakeCamera.show(bitmap(picture)))
    }

    @Test
    fun photoWithoutMemoryIsNotCalledDamaged() {
        val activity = launch().get()
        awaitReady(activity)
        open(activity, png(bitmap(pictures().first()))) { throw OutOfMemoryError("of a test") }
        awaitMessage(activity, activity.string("photo_too_large"))
    }

    @Test
    fun backButtonReturnsFromThePhotoToTheCamera() {
        val activity = launch().get()
        open(activity, png(bitmap(pictures().first())))
        awaitSeen(activity)
        (activity as ComponentActivity).onBackPressedDispatcher.onBackPressed()
        settle()
        assertFalse(activity.isFinishing)
        assertFalse(activity.view<View>("picture").isShown)
        assertEquals("", activity.overlay.contentDescription.toString())
        show(bitmap(pictures().last()))
        assertSees(expected(pictures().last()), activity, "back at the camera")
    }

    @Test
    fun hugePhotoIsDownsampled() {
        val activity = launch().get()
        val picture = pictures().first()
        val huge = Bitmap.createScaledBitmap(bitmap(picture), 6000, 8000, true)
        val bytes = jpeg(huge)
        huge.recycle()
        open(activity, bytes)
        awaitSeen(activity)
        val shown = activity.view<ImageView>("picture").drawable
        assertTrue("${shown.intrinsicHeight}", shown.intrinsicHeight in 2048..4096)
        assertTrue(detections(activity).size > 0)
        val shared = sharePicture(activity)
        assertEquals("a copy of less memory", 1920 to 2560, shared.width to shared.height)
    }

    @Test
    fun unreadableFileShowsAMessageAndTheCameraGoesOn() {
        val activity = launch().get()
        awaitReady(activity)
        for (bytes in listOf(ByteArray(0), "no picture".toByteArray(), jpeg(bitmap(pictures().first())).copyOf(200))) {
            open(activity, bytes)
            awaitMessage(activity, activity.string("photo_unreadable"))
        }
        screenshot(activity, "photo-unreadable")
        activity.press("message_action")
        show(bitmap(pictures().first()))
        assertSees(expected(pictures().first()), activity, "the camera goes on")
    }

    @Test
    fun photoOpensWithoutACamera() {
        FakeCamera.reset()
        val activity = launch().get()
        val picture = pictures().first()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        assertSees(expected(picture), activity, "without a camera")
        assertFalse(activity.view<View>("message").isShown)
    }

    @Test
    fun messageWithoutACameraOffersSamplePictures() {
        FakeCamera.reset()
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
        val carried = GoldenVectors.read { application.assets.open("vectors/$it") }
        val samples = carried.clearest().map(carried::picture)
        activity.press("message_action")
        awaitSeen(activity)
        assertTrue("there is something to see", expected(samples[0]).isNotEmpty())
        assertSees(expected(samples[0]), activity, "the first")
        screenshot(activity, "sample")
        choose(activity, "show_sample")
        awaitSeen(activity)
        assertSees(expected(samples[1]), activity, "the second")
        activity.press("close_photo")
        awaitMessage(activity, activity.string("no_camera"))
    }

    @Test
    fun photoReadAfterTheActivityIsDestroyedIsNotAnalysed() {
        val first = launch()
        awaitReady(first.get())
        val isLeft = CountDownLatch(1)
        open(first.get(), png(bitmap(pictures().first())), isLeft::await)
        first.pause().stop().destroy()
        val calls = Collections.synchronizedList(mutableListOf<String>())
        Calls.listener = { calls += it }
        try {
            isLeft.countDown()
            awaitReady(launch().get())
            show(bitmap(pictures().first()))
        } finally {
            Calls.listener = null
        }
        assertEquals("the second screen: loaded, tried, one frame", listOf("load", "execute", "execute"), calls)
    }

    @Test
    fun photoThatLoadsSlowlyCanBeClosed() {
        val activity = launch().get()
        awaitReady(activity)
        val picture = pictures().last()
        val giveUp: List<() -> Unit> = listOf(
            { activity.press("message_action") },
            { (activity as ComponentActivity).onBackPressedDispatcher.onBackPressed() }
        )
        for (close in giveUp) {
            val isHandedOver = CountDownLatch(1)
            try {
                open(activity, png(bitmap(pictures().first())), isHandedOver::await)
                awaitMessage(activity, activity.string("photo_opening"))
                close()
                awaitReady(activity)
                show(bitmap(picture)) // the detector does not wait for the photo
                assertSees(expected(picture), activity, "the camera goes on")
            } finally {
                isHandedOver.countDown()
            }
            await("the photo has been read") { threads("photo").isEmpty() }
            settle()
            assertFalse("it comes too late", activity.view<View>("picture").isShown)
            assertFalse(activity.isFinishing)
        }
    }
}
