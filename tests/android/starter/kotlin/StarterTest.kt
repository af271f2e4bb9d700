package starter

import android.Manifest
import android.app.Activity
import android.content.pm.PackageManager
import android.provider.Settings
import android.view.View
import android.widget.SeekBar
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.camera.core.CameraSelector
import androidx.camera.core.CameraState
import androidx.camera.core.InitializationException
import androidx.camera.fake.FakeCamera
import launch.LaunchTestBase
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult
import vision.summary

/** Tests of the starter app: the camera, a photo, the slider, the self-check, and each problem's message. */
class StarterTest : LaunchTestBase() {
    private val picture by lazy { pictures().maxBy { expected(it).size } }

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
        controller.get().press("menu")
        controller.get().press("run_self_check")
        await("it says what it does") { controller.get().text("verdict_details").isNotEmpty() }
        controller.recreate() // the phone is turned: it goes on
        awaitCheckEnds(controller.get())
        val verdict = controller.get().string("verdict_passed", "PyTorch", "@").substringBefore("@")
        assertTrue(controller.get().text("verdict"), controller.get().text("verdict").startsWith(verdict))
        assertTrue(Regex("[\\d.]+ ms per picture").containsMatchIn(controller.get().text("verdict_details")))
        screenshot(controller.get(), "self-check")
        show(bitmap(picture))
        assertShows(controller.get(), expected(picture))
    }

    @Test
    fun selfCheckStopsWhenTheUserStopsIt() {
        val activity = launch().get()
        activity.press("menu")
        activity.press("run_self_check")
        await("it runs") { activity.text("verdict_details").isNotEmpty() }
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
        FakeCamera.setState(CameraState.create(CameraState.Type.PENDING_OPEN, error))
        awaitMessage(activity, activity.string("camera_in_use"))
        FakeCamera.setState(CameraState.create(CameraState.Type.OPEN))
        await("the message is gone") { !activity.view<View>("message").isShown }
    }

    @Test
    fun deviceWithoutACameraOpensPhotos() {
        FakeCamera.reset()
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
        assertFalse(activity.view<View>("switch_camera").isShown)
        openPhoto(activity)
        assertFalse(activity.view<View>("message").isShown)
        assertShows(activity, expected(picture))
    }

    @Test
    fun cameraLibraryThatDoesNotStartShowsAMessage() {
        FakeCamera.failWith(InitializationException("no camera service"))
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
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
    @Config(qualifiers = "w1280dp-h800dp-land-320dpi")
    fun tabletScreenHasItsControlsInside() = assertControlsAreInside("tablet")

    /** Every control is at least 48 dp wide and high, and within the screen. */
    private fun assertControlsAreInside(name: String) {
        val activity = launch().get()
        awaitReady(activity)
        show(bitmap(picture))
        screenshot(activity, "camera-$name")
        assertReachable(activity, "pick_photo", "menu", "switch_camera")
        activity.press("menu")
        screenshot(activity, "sheet-$name")
        assertReachable(activity, "run_self_check", "confidence")
        activity.press("scrim")
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
        await("the photo is analyzed") { activity.view<View>("photo").isShown }
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
