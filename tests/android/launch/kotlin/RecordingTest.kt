package launch

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Color
import android.graphics.Matrix
import android.media.MediaRecorder
import android.os.SystemClock
import android.view.View
import android.widget.Button
import android.widget.Chronometer
import androidx.activity.ComponentActivity
import androidx.camera.core.CameraSelector
import androidx.camera.core.CameraState
import androidx.camera.fake.FakeCamera
import androidx.lifecycle.ViewModelProvider
import java.io.File
import java.time.Duration
import java.util.concurrent.CountDownLatch
import kotlin.math.abs
import org.example.shapes.GalleryTest
import org.example.shapes.MainViewModel
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.pytorch.executorch.Calls
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowMediaRecorder
import org.robolectric.shadows.ShadowPopupMenu
import org.robolectric.shadows.ShadowSystemClock
import org.robolectric.shadows.ShadowToast

/** Tests of "Record video". [FakeFilm] replaces the encoder and keeps the frames; everything before it is real. */
@Config(qualifiers = PHONE, shadows = [FakeFilm::class])
class RecordingTest : LaunchTestBase() {
    private val folder = File(application.cacheDir, "shared")
    private val picture by lazy { pictures().maxBy { expected(it).size } }

    /** Has the size of its video, because some encoders accept only whole blocks. */
    private val plain by lazy {
        bitmap(picture).let { Bitmap.createBitmap(it, 0, 0, it.width / BLOCK * BLOCK, it.height / BLOCK * BLOCK) }
    }
    private val film get() = FakeFilm.all.last()

    @Before
    fun resetTheEncoder() = FakeFilm.reset()

    @Test
    fun recordingHasEachFrameWithItsOverlay() {
        val activity = recording()
        assertEquals(MediaRecorder.VideoEncoder.H264, film.videoEncoder)
        assertEquals(MediaRecorder.OutputFormat.MPEG_4, film.outputFormat)
        assertEquals("no sound", 0, film.audioSource + film.audioEncoder)
        assertEquals(plain.width to plain.height, film.videoWidth to film.videoHeight)
        val before = film.frames.size
        repeat(2) { show(plain) }
        assertEquals("each frame", before + 2, film.frames.size)
        val share = same(plain, film.frames.last())
        assertTrue("the picture, and something over it: $share", share > 0.5 && share < 0.999)
        assertWhole(activity)
        show(bitmap(picture))
        assertEquals("nothing goes on", 1, FakeFilm.all.size)
    }

    @Test
    fun recordingGoesOnAfterRotationWithBlackBars() {
        val activity = recording()
        show(plain, rotation = 90)
        assertTrue("upright", same(plain, film.frames.last()) > 0.5)
        val quarter = Matrix().apply { setRotate(90f) }
        show(Bitmap.createBitmap(plain, 0, 0, plain.width, plain.height, quarter, false), rotation = 180)
        assertEquals("the same video", 1, FakeFilm.all.size)
        assertEquals(Color.BLACK, film.frames.last().getPixel(0, 0))
        assertTrue("as large as fits", film.frames.last().getPixel(0, plain.height / 2) != Color.BLACK)
        assertWhole(activity)
    }

    @Test
    fun frontCameraIsRecordedMirrored() {
        val activity = launch().get()
        awaitReady(activity)
        activity.press("switch_camera")
        await("the front camera is used") { FakeCamera.boundLens() == CameraSelector.LENS_FACING_FRONT }
        record(activity)
        val mirrored = Bitmap.createBitmap(plain.width, plain.height, Bitmap.Config.ARGB_8888)
        for (y in 0 until plain.height) {
            for (x in 0 until plain.width) mirrored.setPixel(x, y, plain.getPixel(plain.width - 1 - x, y))
        }
        assertTrue(same(mirrored, film.frames.last()) > 0.5)
    }

    @Test
    fun frameWithOddSizeIsCentredInTheVideo() {
        val activity = launch().get()
        val wide = Bitmap.createBitmap(plain, 0, 0, plain.width, plain.height - 2)
        show(wide)
        activity.press("record")
        show(wide)
        await("a frame is there") { FakeFilm.all.isNotEmpty() && film.frames.isNotEmpty() }
        assertEquals(plain.width to plain.height - BLOCK, film.videoWidth to film.videoHeight)
        val middle = film.videoHeight / 2
        val row = (0 until film.videoWidth).map { film.frames.last().getPixel(it, middle) != Color.BLACK }
        val (left, right) = row.indexOf(true) to film.videoWidth - 1 - row.lastIndexOf(true)
        assertTrue("$left beside it, and $right", left > 0 && abs(left - right) <= 1)
        assertWhole(activity)
    }

    @Test
    fun frameIsShownBeforeItIsRecorded() {
        val activity = recording()
        val shown = ViewModelProvider(activity as ComponentActivity)[MainViewModel::class.java].result
        val drawn = mutableListOf<Any?>()
        FakeFilm.onFrame = { drawn += shown.value }
        repeat(2) { show(plain) }
        assertTrue("each is shown first: $drawn", drawn.size == 2 && drawn[0] !== drawn[1])
        assertSame(shown.value, drawn[1])
    }

    @Test
    fun recordButtonTellsWhatItDoes() {
        val activity = recording()
        val button = activity.view<Button>("record")
        assertEquals(activity.string("stop_recording"), button.contentDescription)
        assertEquals(activity.string("stop_short"), button.text)
        activity.press("record")
        settle()
        assertEquals(activity.string("record_video"), button.contentDescription)
        assertEquals(activity.string("record_short"), button.text)
    }

    @Test
    fun backButtonEndsTheRecordingFirstAndThenTheActivity() {
        val activity = recording() as ComponentActivity
        assertTrue("other apps ignore an unfinished video", film.file.name.endsWith(".mp4.part"))
        activity.onBackPressedDispatcher.onBackPressed()
        assertFalse(activity.isFinishing)
        assertShared(activity)
        activity.onBackPressedDispatcher.onBackPressed()
        assertTrue(activity.isFinishing)
    }

    @Test
    fun recordingCanBeSharedAgainUntilItsFileIsDeleted() {
        val activity = recording()
        assertFalse("not before it ends", isOffered(activity, "share_recorded"))
        assertWhole(activity)
        assertTrue(isOffered(activity, "share_recorded"))
        choose(activity, "share_recorded")
        assertShared(activity)
        assertTrue(folder.listFiles()!!.single().delete())
        choose(activity, "share_recorded")
        awaitSaid(activity, "recording_gone")
        assertFalse(isOffered(activity, "share_recorded"))
    }

    @Test
    fun recordingIsSavedInTheGalleryUnlessItsFileIsDeleted() {
        val media = Robolectric.setupContentProvider(GalleryTest.Media::class.java, "media")
        media.file = File.createTempFile("kept", ".mp4")
        val activity = recording()
        assertFalse("not before it ends", isOffered(activity, "keep_recorded"))
        assertWhole(activity)
        choose(activity, "keep_recorded")
        awaitSaid(activity, "kept")
        assertEquals("a whole video", media.file.readText())
        assertTrue(folder.listFiles()!!.single().delete())
        choose(activity, "keep_recorded")
        awaitSaid(activity, "recording_gone")
    }

    @Test
    fun nextRecordingDeletesTheFileOfAKilledProcess() {
        val left = File(folder.apply { mkdirs() }, "detections-1.mp4.part").apply { writeText("half a video") }
        val activity = recording()
        assertFalse(left.exists())
        choose(activity, "share_json")
        awaitShared(activity, "application/json").close()
        assertTrue("not the one that is being written", film.file.exists())
        folder.listFiles { file -> file.extension == "json" }!!.forEach { it.delete() }
        assertWhole(activity)
    }

    @Test
    fun recordingEndsWhenAnotherAppTakesTheCamera() {
        val activity = recording()
        FakeCamera.setState(
            CameraState.create(CameraState.Type.CLOSED, CameraState.StateError.create(CameraState.ERROR_CAMERA_IN_USE))
        )
        assertShared(activity)
        assertFalse(activity.view<View>("recording").isShown)
        assertFalse("there is nothing to record", canRecord(activity))
    }

    @Test
    fun recordingEndsWhenTheModelFails() {
        val activity = recording()
        Calls.failures.set(2)
        show(plain)
        assertShared(activity)
        assertFalse(activity.view<View>("recording").isShown)
    }

    @Test
    fun recordingEndsWhenTheCameraIsSwitched() {
        val activity = recording()
        activity.press("switch_camera")
        assertShared(activity)
        assertFalse(activity.view<View>("recording").isShown)
    }

    @Test
    fun recordingEndsWhenTheAppStopsAndIsSharedAfterRestart() {
        val controller = launch()
        record(controller.get())
        controller.pause().stop()
        await("it is whole") { film.state == ShadowMediaRecorder.STATE_RELEASED }
        controller.restart().start().resume()
        assertShared(controller.get())
    }

    @Test
    fun recordingEndsAfterTenMinutes() {
        val activity = recording()
        ShadowSystemClock.advanceBy(Duration.ofMinutes(10))
        show(bitmap(picture))
        assertShared(activity)
        assertNull("that is no failure", ShadowToast.getTextOfLatestToast())
    }

    @Test
    fun recordedFrameAllocatesNoMemoryOfItsSize() {
        recording()
        repeat(20) { show(plain) }
        val perFrame = bytesAFrame(plain, times = 50)
        println("$perFrame bytes a recorded frame of ${plain.width * plain.height} pixels")
        assertTrue("$perFrame bytes a frame", perFrame < 4 * plain.width * plain.height) // RGBA
    }

    @Test
    fun recordingStoppedBeforeAFrameReportsThatItIsEmpty() {
        val activity = launch().get()
        show(bitmap(picture))
        activity.press("record")
        activity.press("record")
        awaitSaid(activity, "recording_empty")
        assertEquals("nothing was begun", 0, FakeFilm.all.size)
        record(activity)
        assertWhole(activity)
    }

    @Test
    fun recordingStoppedWhileTheDetectorIsBusyReportsThatItIsEmpty() {
        val activity = launch().get()
        show(bitmap(picture))
        val isFree = CountDownLatch(1)
        Calls.listener = { isFree.await() }
        try {
            await("the app takes a frame") { FakeCamera.show(plain, -1) > 0 }
            activity.press("record")
            activity.press("record")
        } finally {
            Calls.listener = null
            isFree.countDown()
        }
        awaitSaid(activity, "recording_empty")
        assertEquals("nothing was begun", 0, FakeFilm.all.size)
    }

    @Test
    fun missingEncoderIsReported() {
        FakeFilm.isMissing = true
        assertFails { record(it, isFilmed = false) }
    }

    @Test
    fun encoderErrorDuringRecordingIsReported() = assertFails {
        record(it)
        FakeFilm.isBroken = true
        film.errorListener.onError(MediaRecorder(), MediaRecorder.MEDIA_ERROR_SERVER_DIED, 0)
        show(bitmap(picture))
    }

    @Test
    fun longRecordingThatCannotBeClosedReportsAFailure() = assertClosingFails {
        FakeFilm.isBroken = true
    }

    @Test
    fun recordingOfOneFrameThatCannotBeClosedReportsThatItIsEmpty() {
        val activity = recording()
        while (film.frames.size > 1) film.frames.removeAt(0)
        FakeFilm.isBroken = true
        activity.press("record")
        awaitSaid(activity, "recording_empty")
    }

    @Test
    fun deletedRecordingIsReported() = assertClosingFails {
        assertTrue(film.file.delete())
    }

    @Test
    fun recordingWithAnEmptyFileIsReported() = assertClosingFails {
        FakeFilm.isEmpty = true
    }

    @Test
    fun missingFolderIsReported() = assertFails {
        folder.deleteRecursively()
        assertTrue("a file where the folder should be", folder.createNewFile())
        record(it, isFilmed = false)
    }

    @Test
    fun recordingIsNotOfferedForAPhotoOrDuringARecording() {
        val activity = launch().get()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        assertFalse(canRecord(activity))
        activity.press("close_photo")
        record(activity)
        assertFalse("one at a time", canRecord(activity))
    }

    private fun recording() = launch().get().also { record(it) }

    private fun record(activity: Activity, isFilmed: Boolean = true) {
        show(plain)
        await("it is offered") { canRecord(activity) }
        val before = SystemClock.elapsedRealtime()
        activity.press("record")
        show(plain)
        if (!isFilmed) return
        await("a frame is there") { FakeFilm.all.isNotEmpty() && film.frames.isNotEmpty() }
        val clock = activity.view<Chronometer>("recording")
        assertTrue(clock.isShown)
        assertTrue("since then", clock.base >= before)
    }

    private fun canRecord(activity: Activity) = activity.view<View>("record").run { isShown && !isActivated }

    private fun isOffered(activity: Activity, item: String): Boolean {
        activity.view<View>("menu").performClick()
        val id = activity.resources.getIdentifier(item, "id", packageName)
        return ShadowPopupMenu.getLatestPopupMenu().menu.findItem(id).isVisible
    }

    private fun assertWhole(activity: Activity) {
        activity.press("record")
        assertShared(activity)
    }

    private fun assertShared(activity: Activity) {
        assertEquals("a whole video", awaitShared(activity, "video/mp4").use { it.reader().readText() })
        assertEquals("alone", listOf(film.file.nameWithoutExtension), folder.list()!!.toList())
        assertEquals(ShadowMediaRecorder.STATE_RELEASED, film.state)
    }

    private fun assertFails(how: (Activity) -> Unit) {
        val activity = launch().get()
        awaitReady(activity)
        how(activity)
        awaitSaid(activity, "recording_failed")
        assertFalse(activity.view<View>("recording").isShown)
        assertTrue("nothing is left", folder.listFiles().isNullOrEmpty())
        assertNull(shadowOf(activity).peekNextStartedActivity())
        show(bitmap(picture))
        assertSees(expected(picture), activity, "the camera goes on")
    }

    /** Asserts that closing a recording of several frames fails. */
    private fun assertClosingFails(spoil: () -> Unit) = assertFails {
        record(it)
        repeat(2) { show(plain) }
        spoil()
        it.press("record")
    }

    private fun awaitSaid(activity: Activity, text: String) =
        await("it is said") { ShadowToast.getTextOfLatestToast() == activity.string(text) }

    /** The share of the picture's pixels that are unchanged in the frame. */
    private fun same(picture: Bitmap, frame: Bitmap): Double {
        val pixels = (0 until picture.width * picture.height).count {
            val one = picture.getPixel(it % picture.width, it / picture.width)
            val other = frame.getPixel(it % picture.width, it / picture.width)
            abs(Color.red(one) - Color.red(other)) < 4 && abs(Color.green(one) - Color.green(other)) < 4
        }
        return pixels.toDouble() / (picture.width * picture.height)
    }

    private companion object {
        const val BLOCK = 16
    }
}
