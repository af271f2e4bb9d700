package starter

import android.Manifest
import android.app.Activity
import android.content.ComponentCallbacks2
import android.content.pm.PackageManager
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.RectF
import android.graphics.drawable.BitmapDrawable
import android.net.Uri
import android.provider.Settings
import android.view.MotionEvent
import android.view.View
import android.widget.ImageView
import android.widget.SeekBar
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.camera.core.CameraSelector
import androidx.camera.core.CameraState
import androidx.camera.core.InitializationException
import androidx.camera.core.ZoomState
import androidx.camera.fake.FakeCamera
import androidx.lifecycle.Observer
import androidx.lifecycle.ViewModelProvider
import crops.ResultProcessor as CropSaver
import edgegen.models
import java.io.InputStream
import java.util.Collections
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import launch.LaunchTestBase
import org.example.shapes.Colors
import org.example.shapes.MainViewModel
import org.example.shapes.PictureResult
import org.example.shapes.Processed
import org.example.shapes.atStart
import org.example.shapes.instead
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult
import vision.summary

/** Tests of the starter app: the camera, a photo, the slider, the self-check, and each problem's message. */
class StarterTest : LaunchTestBase() {
    private val picture by lazy { pictures().maxBy { expected(it).size } }

    @After
    fun useTheReadmesProcessor() {
        instead = null
        atStart = null
    }

    @Test
    fun cameraFrameShowsPyTorchsBoxesAndReadsThemOut() {
        val activity = launch().get()
        awaitReady(activity)
        show(bitmap(picture))
        assertShows(activity, expected(picture))
        pass(2)
        assertEquals(summary(boxes(activity), THE_MODEL.classNames), activity.overlay.contentDescription.toString())
        assertTrue(activity.text("stats"), activity.text("stats").endsWith(" ms"))
        val circles = boxes(activity).count { THE_MODEL.classNames[it.classId] == "circle" }
        assertEquals("of README's result processor", "circle: $circles", activity.text("result_text"))
        screenshot(activity, "camera")
    }

    @Test
    fun frontCameraIsShownMirrored() {
        val activity = launch().get()
        awaitReady(activity)
        assertEquals(CameraSelector.LENS_FACING_BACK, FakeCamera.boundLens())
        activity.press("switch_camera")
        await("the front camera runs") { FakeCamera.boundLens() == CameraSelector.LENS_FACING_FRONT }
        show(bitmap(picture))
        assertShows(activity, expected(picture))
        screenshot(activity, "front")
    }

    /** Otherwise a frame that comes in between would be shown, and would go to the other camera's result processor. */
    @Test
    fun switchedCameraIsStoppedBeforeItsResultIsCleared() {
        val activity = launch().get()
        awaitReady(activity)
        show(bitmap(picture))
        val viewModel = viewModel(activity)
        var shownAtTheEnd: PictureResult? = null
        val observer = Observer<ZoomState> {
            // Called when a camera is unbound, too
            if (FakeCamera.boundLens() != CameraSelector.LENS_FACING_UNKNOWN) return@Observer
            viewModel.executor.submit {}.get()
            shownAtTheEnd = viewModel.shown.value
        }
        FakeCamera.infos().first().zoomState.observeForever(observer)
        activity.press("switch_camera")
        FakeCamera.infos().first().zoomState.removeObserver(observer)
        assertNotNull(shownAtTheEnd)
        await("the result is cleared") { viewModel.shown.value == null }
    }

    @Test
    fun onlyCameraOfADeviceIsMirroredIfItIsAFrontCamera() {
        for (lens in listOf(CameraSelector.LENS_FACING_FRONT, CameraSelector.LENS_FACING_BACK)) {
            FakeCamera.reset(lens)
            val activity = launch().get()
            awaitReady(activity)
            show(bitmap(picture))
            val isMirrored = lens == CameraSelector.LENS_FACING_FRONT
            val whole = placeOf(picture, activity.overlay)
            val scale = whole.width() / picture.width
            val centres = expected(picture).map { (it.x1 + it.x2) / 2 * scale }
            val right = centres.map { if (isMirrored) whole.right - it else whole.left + it }
            val drawn = drawnBoxes(activity.overlay).map { it.centerX() }
            assertEquals(right.size, drawn.size)
            for (each in right) assertTrue("$each of $drawn", drawn.any { kotlin.math.abs(it - each) < 2 })
        }
    }

    /** The build has uncommented the colour of class 3. The palette repeats after 21. */
    @Test
    fun classHasTheColourThatTheUserGaveItAlone() {
        assertEquals(0xFF123456.toInt(), Colors.ofClass(3))
        assertNotEquals(0xFF123456.toInt(), Colors.ofClass(3 + 21))
    }

    @Test
    fun cameraFollowsADisplayThatTurnsWithoutANewActivity() = assertCameraFollowsDisplay()

    @Test
    fun observersOfACameraEndWithIt() {
        val activity = launch().get()
        awaitReady(activity)
        val states = FakeCamera.infos().first().cameraState
        assertTrue(states.hasObservers())
        openPhoto(activity)
        assertFalse(states.hasObservers())
    }

    @Test
    fun screenStaysOnWhileTheCameraIsShown() {
        val activity = launch().get()
        awaitReady(activity)
        val preview = activity.view<View>("preview")
        assertTrue(preview.isShown && preview.keepScreenOn)
        openPhoto(activity)
        assertFalse("a photo may rest", preview.keepScreenOn)
    }

    @Test
    fun navigationButtonsAreDarkOnTheSheet() = assertNavigationFollowsSheet(isDark = true, "menu", "scrim")

    @Test
    @Config(qualifiers = "w411dp-h891dp-night-420dpi")
    fun navigationButtonsAreWhiteOnADarkSheet() = assertNavigationFollowsSheet(isDark = false, "menu", "scrim")

    @Test
    fun modelThatTakesLongToLoadHasAMessage() {
        val isFree = CountDownLatch(1)
        val holder = thread { application.models.alone { isFree.await() } }
        try {
            val activity = launch().get()
            awaitMessage(activity, activity.string("model_loading"))
            assertFalse("there is nothing to do", activity.view<View>("message_action").isShown)
            isFree.countDown()
            awaitReady(activity)
        } finally {
            isFree.countDown()
            holder.join()
        }
    }

    @Test
    fun modelWhoseMemoryWasTakenIsLoadedAgainWithAMessage() {
        val controller = launch()
        awaitReady(controller.get())
        controller.pause().stop()
        application.onTrimMemory(ComponentCallbacks2.TRIM_MEMORY_BACKGROUND)
        await("the model is closed") { !application.models.isLoaded }
        val isFree = CountDownLatch(1)
        Calls.listener = { if (it == "load") isFree.await() }
        try {
            controller.restart().start().resume()
            awaitMessage(controller.get(), controller.get().string("model_loading"))
        } finally {
            isFree.countDown()
            Calls.listener = null
        }
        awaitReady(controller.get())
    }

    @Test
    fun modelThatIsStillLoadedHasNoMessageAtTheNextStart() {
        val controller = launch()
        awaitReady(controller.get())
        controller.pause().stop()
        val viewModel = viewModel(controller.get())
        val seen = Collections.synchronizedList(mutableListOf<Boolean>())
        val job = CoroutineScope(Dispatchers.Unconfined).launch { viewModel.isLoading.toList(seen) }
        controller.restart().start().resume()
        awaitReady(controller.get())
        viewModel.executor.submit {}.get()
        job.cancel()
        assertEquals(listOf(false), seen)
    }

    @Test
    fun processorWithoutMemoryIsNotBlamed() {
        val activity = launch().get()
        awaitReady(activity)
        instead = { _, _, _ -> throw OutOfMemoryError("of a test") }
        show(bitmap(picture))
        awaitMessage(activity, activity.string("model_no_memory"))
    }

    @Test
    fun failingProcessorIsNamedAndTheModelStaysLoaded() {
        val activity = launch().get()
        awaitReady(activity)
        instead = { _, _, _ -> error("no such class") }
        awaitProcessorMessage(activity, picture, "java.lang.IllegalStateException: no such class")
        instead = null
        val calls = callsOfAnotherTry(activity, picture)
        assertShows(activity, expected(picture))
        assertFalse("$calls", "load" in calls)
    }

    @Test
    fun processorThatCannotBeMadeIsNamed() {
        atStart = { error("no such file") }
        val activity = launch().get()
        awaitReady(activity)
        awaitProcessorMessage(activity, picture, "java.lang.IllegalStateException: no such file")
        atStart = null
        callsOfAnotherTry(activity, picture)
        assertShows(activity, expected(picture))
    }

    /** A sensor's rows are padded, and rotated by its mounting. The front camera is mirrored on the screen only. */
    @Test
    fun processorCutsBoxesOutOfTheCamerasFramesAsTheCameraTookThem() {
        val crops = recordCrops()
        val upright = bitmap(picture)
        val activity = launch().get()
        awaitReady(activity)
        for (rotation in listOf(0, 90, 180, 270)) {
            show(upright, rotation)
            assertAreCrops(upright, expected(picture).size, crops)
        }
        activity.press("switch_camera")
        await("the front camera runs") { FakeCamera.boundLens() == CameraSelector.LENS_FACING_FRONT }
        show(upright)
        assertAreCrops(upright, expected(picture).size, crops)
    }

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

    private fun viewModel(activity: Activity) =
        ViewModelProvider(activity as ComponentActivity)[MainViewModel::class.java]

    private fun recordCrops(): MutableList<Pair<Detection, Bitmap?>> {
        val crops = Collections.synchronizedList(mutableListOf<Pair<Detection, Bitmap?>>())
        instead = { result, seen, _ ->
            crops += result.boxes.map { it to seen.crop(it) }
            Processed(result)
        }
        return crops
    }

    @Test
    fun readmesSecondExampleSavesACropOfEachClass() = withTemporaryFilesInTheCache {
        val activity = launch().get()
        awaitReady(activity)
        for (rotation in listOf(90, 180)) {
            instead = CropSaver()::process
            show(bitmap(picture), rotation)
            show(bitmap(picture), rotation)
            assertSavedCrops(bitmap(picture), boxes(activity))
        }
        val found = boxes(activity).map { THE_MODEL.classNames[it.classId] }.distinct().joinToString()
        assertEquals("saved: $found", activity.text("result_text"))
        instead = CropSaver()::process
        openPhoto(activity)
        assertSavedCrops(bitmap(picture), boxes(activity))
    }

    @Test
    fun messageOverTheCameraClearsItsBoxes() {
        val activity = launch().get()
        awaitReady(activity)
        show(bitmap(picture))
        assertShows(activity, expected(picture))
        open(activity, byteArrayOf(1, 2, 3))
        awaitMessage(activity, activity.string("photo_unreadable"))
        FakeCamera.show(bitmap(picture)) // it is not analyzed
        assertShows(activity, emptyList())
        assertEquals("", activity.text("result_text"))
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

    @Test
    fun sheetIsDraggedDownToCloseAndSpringsBackFromAShortWay() {
        val activity = launch().get()
        activity.press("menu")
        val sheet = activity.view<View>("sheet")
        val header = activity.view<View>("sheet_header")
        touch(header, MotionEvent.ACTION_DOWN, 9f to 0f)
        touch(header, MotionEvent.ACTION_MOVE, 9f to 50f)
        assertEquals("it follows the finger", 50f, sheet.translationY)
        touch(header, MotionEvent.ACTION_UP, 9f to 50f)
        pass(1)
        assertTrue(sheet.isShown)
        assertEquals("it springs back", 0f, sheet.translationY)
        drag(header, 9f, 0f, sheet.height / 2f)
        pass(1)
        assertFalse("it is closed", sheet.isShown)
        activity.press("menu")
        assertTrue(sheet.isShown)
        assertEquals("it opens where it belongs", 0f, sheet.translationY)
    }

    @Test
    fun closedSheetEndsTheSelfCheckForAPhoto() {
        val activity = launch().get()
        awaitReady(activity)
        startSelfCheck(activity)
        activity.press("scrim")
        openPhoto(activity)
        assertShows(activity, expected(picture))
        awaitCheckEnds(activity)
        assertEquals("without a verdict", "", activity.text("verdict"))
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
    fun backClosesTheSheetFirst() {
        val activity = launch().get()
        activity.press("menu")
        (activity as ComponentActivity).onBackPressedDispatcher.onBackPressed()
        assertFalse(activity.view<View>("sheet").isShown)
        assertFalse(activity.isFinishing)
        activity.onBackPressedDispatcher.onBackPressed()
        assertTrue(activity.isFinishing)
    }

    @Test
    fun selfCheckInTheSheetGivesAVerdictAndTheCameraGoesOn() {
        val controller = launch()
        awaitReady(controller.get())
        startSelfCheck(controller.get())
        controller.recreate() // the phone is turned: it goes on
        awaitCheckEnds(controller.get())
        val verdict = controller.get().string("verdict_passed", "@").substringBefore("@")
        assertTrue(controller.get().text("verdict"), controller.get().text("verdict").startsWith(verdict))
        assertTrue(Regex("[\\d.]+ ms per picture").containsMatchIn(controller.get().text("verdict_details")))
        screenshot(controller.get(), "self-check")
        show(bitmap(picture))
        assertShows(controller.get(), expected(picture))
    }

    @Test
    fun selfCheckEndsWhenTheAppIsHidden() {
        val controller = launch()
        awaitReady(controller.get())
        startSelfCheck(controller.get())
        controller.pause().stop()
        await("it has ended") { threads("self-check").isEmpty() }
        controller.restart().start().resume()
        awaitCheckEnds(controller.get())
        assertEquals("without a verdict", "", controller.get().text("verdict"))
    }

    @Test
    fun selfCheckStopsWhenTheUserStopsIt() {
        val activity = launch().get()
        startSelfCheck(activity)
        activity.press("run_self_check")
        awaitCheckEnds(activity)
        assertFalse(activity.view<View>("verdict").isShown)
    }

    @Test
    fun deniedPermissionShowsAMessageWithTheSettings() {
        shadowOf(application).denyPermissions(Manifest.permission.CAMERA)
        val activity = launch().get()
        await("Android asks") { shadowOf(activity).lastRequestedPermission != null }
        assertFalse("nothing is said behind the question", activity.view<View>("message").isShown)
        val asked = shadowOf(activity).lastRequestedPermission
        val answers = IntArray(asked.requestedPermissions.size) { PackageManager.PERMISSION_DENIED }
        activity.onRequestPermissionsResult(asked.requestCode, asked.requestedPermissions, answers)
        awaitMessage(activity, activity.string("camera_denied"))
        screenshot(activity, "denied")
        activity.press("message_action")
        val opened = shadowOf(activity).nextStartedActivity
        assertNotNull(opened)
        assertEquals(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, opened.action)
        openPhoto(activity)
        assertShows(activity, expected(picture))
    }

    @Test
    fun grantedPermissionStartsTheCamera() {
        shadowOf(application).denyPermissions(Manifest.permission.CAMERA)
        val activity = launch().get()
        await("Android asks") { shadowOf(activity).lastRequestedPermission != null }
        val asked = shadowOf(activity).lastRequestedPermission
        shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
        val answers = IntArray(asked.requestedPermissions.size) { PackageManager.PERMISSION_GRANTED }
        activity.onRequestPermissionsResult(asked.requestCode, asked.requestedPermissions, answers)
        awaitReady(activity)
    }

    @Test
    fun cameraInUseShowsAMessageUntilItIsFree() {
        val activity = launch().get()
        awaitReady(activity)
        val error = CameraState.StateError.create(CameraState.ERROR_CAMERA_IN_USE)
        show(bitmap(picture))
        assertShows(activity, expected(picture))
        FakeCamera.setState(CameraState.create(CameraState.Type.PENDING_OPEN, error))
        awaitMessage(activity, activity.string("camera_in_use"))
        await("the result is cleared") { boxes(activity).isEmpty() } // on the analysis thread
        assertShows(activity, emptyList())
        FakeCamera.setState(CameraState.create(CameraState.Type.OPEN))
        await("the message is gone") { !activity.view<View>("message").isShown }
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

    @Test
    fun cameraThatIsPluggedInIsFoundByAnotherTry() {
        FakeCamera.reset()
        shadowOf(application.packageManager).setSystemFeature(PackageManager.FEATURE_USB_HOST, true)
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
        FakeCamera.reset(CameraSelector.LENS_FACING_BACK)
        activity.press("message_action")
        awaitReady(activity)
    }

    @Test
    fun cameraLibraryThatDoesNotStartCanBeTriedAgain() {
        FakeCamera.failWith(InitializationException("no camera service"))
        val activity = launch().get()
        awaitMessage(activity, activity.string("camera_failed"))
        FakeCamera.failWith(null)
        activity.press("message_action")
        awaitReady(activity)
    }

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-night-420dpi")
    fun darkLandscapeScreenHasItsControlsInside() = assertControlsAreInside("land-night")

    @Test
    @Config(qualifiers = "w411dp-h891dp-night-420dpi")
    fun darkPortraitScreenHasItsControlsInside() = assertControlsAreInside("night")

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-420dpi")
    fun landscapeScreenHasItsControlsInside() = assertControlsAreInside("land")

    @Test
    @Config(qualifiers = "ar-ldrtl-w891dp-h411dp-land-420dpi")
    fun rightToLeftLandscapeScreenHasItsControlsInside() = assertControlsAreInside("land-rtl")

    @Test
    @Config(qualifiers = "w1280dp-h800dp-land-320dpi")
    fun tabletScreenHasItsControlsInside() = assertControlsAreInside("tablet")

    /** Every control is at least 48 dp wide and high, and within the screen. */
    private fun assertControlsAreInside(name: String) {
        val activity = launch().get()
        awaitReady(activity)
        show(bitmap(picture))
        screenshot(activity, "camera-$name")
        assertReachable(activity, "pick_photo", "menu", "switch_camera")
        val labels = placeOf(activity.overlay).apply {
            left += activity.overlay.paddingLeft
            right -= activity.overlay.paddingRight
            bottom -= activity.overlay.paddingBottom
        }
        assertFalse("labels are clear of the buttons", labels.intersect(placeOf(activity.view("button_bar"))))
        activity.press("menu")
        screenshot(activity, "sheet-$name")
        assertReachable(activity, "run_self_check", "confidence", "close_sheet")
        activity.press("close_sheet")
        assertFalse(activity.view<View>("sheet").isShown)
        openPhoto(activity)
        screenshot(activity, "photo-$name")
        assertReachable(activity, "close_photo")
        assertFalse("a photo has no front camera", activity.view<View>("switch_camera").isShown)
        activity.press("close_photo")
        await("the cameras can be switched again") { activity.view<View>("switch_camera").isShown }
    }

    private fun assertReachable(activity: Activity, vararg names: String) {
        val least = 48 * activity.resources.displayMetrics.density
        for (name in names) {
            val view = activity.view<View>(name)
            val place = placeOf(view)
            assertTrue("$name is ${view.width} x ${view.height}", view.width >= least && view.height >= least)
            assertTrue("$name is at $place", placeOf(activity.view("root")).contains(place))
        }
    }

    private fun openPhoto(activity: Activity) {
        open(activity, png(bitmap(picture)))
        awaitPhoto(activity)
    }

    private fun awaitPhoto(activity: Activity) = await("the photo is analyzed") {
        activity.view<View>("photo").isShown && activity.view<View>("stats").isShown
    }

    /** Opens the sheet, and waits until the self-check there says what it does. */
    private fun startSelfCheck(activity: Activity) {
        activity.press("menu")
        activity.press("run_self_check")
        await("the self-check runs") { activity.text("verdict_details").isNotEmpty() }
    }

    private fun awaitCheckEnds(activity: Activity) = await("the self-check has ended") {
        activity.view<TextView>("run_self_check").text == activity.string("run_self_check")
    }

    private fun move(activity: Activity, percent: Int) {
        val slider = activity.view<SeekBar>("confidence")
        slider.progress = percent
        val listener = shadowOf(slider).onSeekBarChangeListener
        listener.onProgressChanged(slider, percent, true)
        settle()
    }

    private fun drawnBoxes(overlay: View): List<RectF> {
        val drawn = mutableListOf<RectF>()
        overlay.draw(
            object : Canvas(Bitmap.createBitmap(overlay.width, overlay.height, Bitmap.Config.ARGB_8888)) {
                override fun drawRect(left: Float, top: Float, right: Float, bottom: Float, paint: Paint) {
                    drawn += RectF(left, top, right, bottom)
                }
            }
        )
        return drawn
    }

    private fun boxes(activity: Activity): List<Detection> =
        (activity.overlay.javaClass.getMethod("getShown").invoke(activity.overlay) as VisionResult?)?.boxes.orEmpty()

    private fun assertShows(activity: Activity, expected: List<Detection>) {
        settle()
        val seen = boxes(activity)
        assertEquals(text(seen), expected.size, seen.size)
        for (one in expected) {
            assertTrue("$one of ${text(seen)}", seen.any { it.classId == one.classId && isNear(it, one) })
        }
    }

    private fun isNear(seen: Detection, expected: Detection): Boolean {
        val corner = vectors.tolerances.corner.toFloat()
        return kotlin.math.abs(seen.x1 - expected.x1) <= corner && kotlin.math.abs(seen.y1 - expected.y1) <= corner &&
            kotlin.math.abs(seen.x2 - expected.x2) <= corner && kotlin.math.abs(seen.y2 - expected.y2) <= corner
    }
}
