package starter

import android.Manifest
import android.content.ComponentCallbacks2
import android.content.pm.PackageManager
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.RectF
import android.provider.Settings
import android.view.View
import androidx.camera.core.CameraSelector
import androidx.camera.core.CameraState
import androidx.camera.core.InitializationException
import androidx.camera.core.ZoomState
import androidx.camera.fake.FakeCamera
import androidx.lifecycle.Observer
import crops.ResultProcessor as CropSaver
import edgegen.models
import java.util.Collections
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import org.example.shapes.Colors
import org.example.shapes.PictureResult
import org.example.shapes.atStart
import org.example.shapes.instead
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import vision.THE_MODEL
import vision.summary

/** Tests of the starter app: the camera, the result processor, permission and messages. */
class StarterTest : StarterTestBase() {
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
}
