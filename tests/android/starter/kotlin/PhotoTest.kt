package starter

import android.graphics.Bitmap
import android.graphics.drawable.BitmapDrawable
import android.net.Uri
import android.view.View
import android.widget.ImageView
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.camera.fake.FakeCamera
import java.io.InputStream
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import org.example.shapes.Processed
import org.example.shapes.instead
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import vision.THE_MODEL

/** Tests of photos in the starter app, and of the slider on them. */
class PhotoTest : StarterTestBase() {
    @Test
    fun processorCutsBoxesOutOfAPhotoAlsoWhenTheSliderMoves() {
        val crops = recordCrops()
        val activity = launch().get()
        awaitReady(activity)
        val other = bitmap(pictures().first { it.width != picture.width || it.height != picture.height })
        show(other)
        crops.clear()
        openPhoto(activity)
        assertAreCrops(bitmap(picture), expected(picture).size, crops)
        move(activity, Math.round(50 * expected(picture).map { it.score }.sorted().run { first() + last() }))
        await("some are hidden") { boxes(activity).size < expected(picture).size }
        assertAreCrops(bitmap(picture), boxes(activity).size, crops)
    }

    @Test
    fun processorGetsOnlyTheLastStepOfASliderThatMovesFast() {
        val activity = launch().get()
        awaitReady(activity)
        openPhoto(activity)
        val calls = AtomicInteger()
        instead = { result, _, _ -> Processed(result).also { calls.incrementAndGet() } }
        val isHeld = CountDownLatch(1)
        viewModel(activity).executor.execute(isHeld::await)
        for (percent in 30..60) move(activity, percent)
        isHeld.countDown()
        viewModel(activity).executor.submit {}.get()
        assertEquals(1, calls.get())
    }

    @Test
    fun sliderHidesBoxesOfTheNextFrameAndOfAPhoto() {
        val activity = launch().get()
        val scores = expected(picture).map { it.score }.sorted()
        val between = Math.round(50 * (scores.first() + scores.last()))
        val fewer = expected(picture).filter { it.score > between / 100f }
        assertTrue("some are hidden, and some are not", fewer.size in 1 until scores.size)
        awaitReady(activity)
        activity.press("menu")
        move(activity, between)
        show(bitmap(picture))
        assertShows(activity, fewer)
        screenshot(activity, "sheet")
        activity.press("scrim")
        openPhoto(activity)
        assertShows(activity, fewer)
        move(activity, Math.round(100 * THE_MODEL.confidence.toFloat()))
        await("hidden boxes are back") { boxes(activity).size == scores.size }
        assertShows(activity, expected(picture))
    }

    @Test
    fun photoPausesTheCameraAndBackReturnsToIt() {
        val controller = launch()
        val activity = controller.get()
        awaitReady(activity)
        openPhoto(activity)
        assertShows(activity, expected(picture))
        assertEquals("the camera rests", 0, FakeCamera.show(bitmap(picture)))
        screenshot(activity, "photo")
        controller.recreate() // the phone is turned
        assertTrue(controller.get().view<View>("photo").isShown)
        assertShows(controller.get(), expected(picture))
        (controller.get() as ComponentActivity).onBackPressedDispatcher.onBackPressed()
        await("the photo is closed") { !controller.get().view<View>("photo").isShown }
        assertFalse(controller.get().isFinishing)
        show(bitmap(picture))
        assertShows(controller.get(), expected(picture))
    }

    @Test
    fun photoIsReleasedWhileTheAppIsHidden() {
        val controller = launch()
        awaitReady(controller.get())
        openPhoto(controller.get())
        controller.pause().stop()
        settle()
        assertNull((controller.get().view<ImageView>("photo").drawable as BitmapDrawable).bitmap)
        assertShows(controller.get(), emptyList())
        controller.restart().start().resume()
        awaitPhoto(controller.get())
        assertShows(controller.get(), expected(picture))
        assertEquals("the camera rests", 0, FakeCamera.show(bitmap(picture)))
    }

    @Test
    fun firstFrameAfterAPhotoShowsItsOwnTimes() {
        val activity = launch().get()
        awaitReady(activity)
        openPhoto(activity)
        activity.view<TextView>("stats").text = ""
        activity.press("close_photo")
        awaitReady(activity)
        show(bitmap(picture))
        assertTrue(activity.text("stats").isNotEmpty())
    }

    @Test
    fun photoStaysOpenWhenTheModelFails() {
        val activity = launch().get()
        awaitReady(activity)
        Calls.failures.set(2) // also the second try
        open(activity, png(bitmap(picture)))
        awaitMessage(activity, activity.string("model_unexpected"))
        assertTrue(activity.view<View>("photo").isShown && activity.view<View>("close_photo").isShown)
        activity.press("message_action")
        awaitPhoto(activity)
        assertShows(activity, expected(picture))
        Calls.failures.set(2)
        open(activity, png(bitmap(picture)))
        awaitMessage(activity, activity.string("model_unexpected"))
        (activity as ComponentActivity).onBackPressedDispatcher.onBackPressed()
        settle()
        assertFalse(activity.isFinishing)
        assertFalse(activity.view<View>("photo").isShown)
    }

    @Test
    fun photoThatLoadsSlowlyHasAMessageAndCanBeClosed() {
        val activity = launch().get()
        awaitReady(activity)
        val isHandedOver = CountDownLatch(1)
        try {
            open(activity, png(bitmap(picture)), isHandedOver::await)
            awaitMessage(activity, activity.string("photo_opening"))
            activity.press("close_photo")
            awaitReady(activity)
            show(bitmap(picture)) // the model does not wait for the photo
            assertShows(activity, expected(picture))
        } finally {
            isHandedOver.countDown()
        }
        pass(1)
        assertFalse("it comes too late", activity.view<View>("photo").isShown)
    }

    @Test
    fun photoThatFailsAfterItWasClosedShowsNoMessage() {
        val activity = launch().get()
        awaitReady(activity)
        val isHandedOver = CountDownLatch(1)
        val hasFailed = CountDownLatch(1)
        open(activity, png(bitmap(picture))) {
            isHandedOver.await()
            hasFailed.countDown()
            throw SecurityException("of a test")
        }
        awaitMessage(activity, activity.string("photo_opening"))
        activity.press("close_photo")
        isHandedOver.countDown()
        hasFailed.await()
        repeat(2) { viewModel(activity).executor.submit {}.get().also { pass(1) } }
        awaitReady(activity)
        assertFalse(activity.text("message"), activity.view<View>("message").isShown)
    }

    /** PyTorch's reader ignores alpha. */
    @Test
    fun transparentPhotoKeepsItsColours() {
        val activity = launch().get()
        awaitReady(activity)
        open(activity, png(transparent(bitmap(picture))))
        awaitPhoto(activity)
        assertShows(activity, expected(picture))
    }

    private fun transparent(opaque: Bitmap) = opaque.copy(Bitmap.Config.ARGB_8888, true).apply {
        isPremultiplied = false
        setHasAlpha(true)
        for (y in 0 until height) {
            for (x in 0 until width) setPixel(x, y, getPixel(x, y) and 0xFFFFFF or if (x < width / 2) 0 else 0x30000000)
        }
    }

    /** PyTorch's reader rejects such a file; Android's decoder fills it up silently. */
    @Test
    fun truncatedPhotoIsUnreadable() {
        val activity = launch().get()
        awaitReady(activity)
        val whole = jpeg(bitmap(picture))
        open(activity, whole.copyOf(whole.size * 7 / 10))
        awaitMessage(activity, activity.string("photo_unreadable"))
    }

    @Test
    fun photoWithoutMemoryShowsItsOwnMessage() {
        val activity = launch().get()
        awaitReady(activity)
        open(activity, png(bitmap(picture))) { throw OutOfMemoryError("of a test") }
        awaitMessage(activity, activity.string("photo_too_large"))
    }

    @Test
    fun photoWhoseAppFailsWhileItIsReadIsUnreadable() {
        val activity = launch().get()
        awaitReady(activity)
        val uri = Uri.parse("content://broken/picture")
        shadowOf(application.contentResolver).registerInputStreamSupplier(uri) {
            object : InputStream() {
                override fun read(): Int = throw SecurityException("of a test")
            }
        }
        viewModel(activity).openPhoto(uri)
        awaitMessage(activity, activity.string("photo_unreadable"))
    }

    @Test
    fun unreadablePhotoShowsAMessageAndTheCameraGoesOn() {
        val activity = launch().get()
        awaitReady(activity)
        open(activity, byteArrayOf(1, 2, 3))
        awaitMessage(activity, activity.string("photo_unreadable"))
        screenshot(activity, "unreadable")
        activity.press("message_action")
        show(bitmap(picture))
        assertShows(activity, expected(picture))
    }

    @Test
    fun deviceWithoutACameraOpensPhotos() {
        FakeCamera.reset()
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
        assertFalse("there is nothing to do", activity.view<View>("message_action").isShown)
        assertFalse(activity.view<View>("switch_camera").isShown)
        openPhoto(activity)
        assertFalse(activity.view<View>("message").isShown)
        assertShows(activity, expected(picture))
    }
}
