package launch

import android.Manifest
import android.app.Activity
import android.content.pm.PackageManager
import android.os.Bundle
import android.provider.Settings
import android.view.View
import androidx.activity.ComponentActivity
import androidx.camera.core.CameraSelector
import androidx.camera.core.InitializationException
import androidx.camera.fake.FakeCamera
import androidx.core.content.ContextCompat
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowActivity
import org.robolectric.util.ReflectionHelpers

/** Tests of the app with a camera that is missing, not allowed, or broken. */
class WithoutCameraTest : LaunchTestBase() {
    @Test
    fun permissionIsRequestedOnceAndTheCameraStartsWhenGranted() {
        refuse(forEver = false)
        val controller = launch()
        val activity = controller.get()
        val asked = awaitQuestion(activity)
        controller.recreate() // the phone is turned while the question is open
        settle()
        assertNull("it does not ask twice", shadowOf(controller.get()).lastRequestedPermission)
        shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
        answer(controller.get(), asked, PackageManager.PERMISSION_GRANTED)
        awaitReady(controller.get())
    }

    @Test
    fun noMessageIsShownBehindTheFirstPermissionRequest() {
        refuse(forEver = true) // the system reports this before the first request, too
        val activity = launch().get()
        awaitQuestion(activity)
        await("the model is loaded") { !activity.view<View>("message").isShown }
        pass(1)
        assertFalse(activity.view<View>("message").isShown)
    }

    @Test
    fun oneTimePermissionIsRequestedAgain() {
        val controller = launch()
        awaitReady(controller.get())
        controller.pause().stop()
        refuse(forEver = false) // a one-time permission ends when the app stops
        controller.restart().start().resume()
        val asked = awaitQuestion(controller.get())
        assertFalse(controller.get().view<View>("message").isShown)
        shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
        answer(controller.get(), asked, PackageManager.PERMISSION_GRANTED)
        awaitReady(controller.get())
    }

    @Test
    fun externalCameraIsUsed() {
        val external = 2 // CameraSelector.LENS_FACING_EXTERNAL, which is experimental
        FakeCamera.reset(external)
        val activity = launch().get()
        awaitReady(activity)
        assertEquals(external, FakeCamera.boundLens())
        val picture = pictures().first()
        show(bitmap(picture))
        assertSees(expected(picture), activity, "a camera on a cable")
    }

    @Test
    fun deniedPermissionShowsAMessageAndIsRequestedAgain() {
        refuse(forEver = false)
        val activity = launch().get()
        val first = awaitQuestion(activity)
        answer(activity, first, PackageManager.PERMISSION_DENIED)
        awaitMessage(activity, activity.string("permission_refused"))
        assertEquals(activity.string("allow_camera"), activity.text("message_action"))
        screenshot(activity, "permission-refused")
        activity.press("message_action")
        val again = awaitQuestion(activity, before = first)
        shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
        answer(activity, again, PackageManager.PERMISSION_GRANTED)
        awaitReady(activity)
    }

    @Test
    fun permissionGrantedWhilePausedStartsTheCamera() {
        refuse(forEver = false)
        val controller = launch()
        answer(controller.get(), awaitQuestion(controller.get()), PackageManager.PERMISSION_DENIED)
        awaitMessage(controller.get(), controller.get().string("permission_refused"))
        controller.pause()
        shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
        controller.resume()
        awaitReady(controller.get())
    }

    @Test
    fun denialIsKeptInTheNextProcess() {
        refuse(forEver = false)
        val first = launch()
        answer(first.get(), awaitQuestion(first.get()), PackageManager.PERMISSION_DENIED)
        awaitMessage(first.get(), first.get().string("permission_refused"))
        val saved = Bundle()
        first.pause().stop().saveInstanceState(saved).destroy()
        val second = launch(saved = saved).get()
        awaitMessage(second, second.string("permission_refused"))
        assertNull("it does not ask by itself", shadowOf(second).lastRequestedPermission)
    }

    @Test
    fun permanentDenialOffersTheSettings() {
        refuse(forEver = false) // refused once: the next request is the last one
        val controller = launch()
        val activity = controller.get()
        val asked = awaitQuestion(activity)
        refuse(forEver = true)
        answer(activity, asked, PackageManager.PERMISSION_DENIED)
        awaitMessage(activity, activity.string("permission_refused_for_ever"))
        while (shadowOf(activity).nextStartedActivity != null) continue // the question
        activity.press("message_action")
        val settings = shadowOf(activity).nextStartedActivity
        assertEquals(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, settings.action)
        assertEquals("package:$packageName", settings.dataString)
        // After the user has granted it there, the camera starts on return.
        controller.pause().stop()
        shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
        controller.restart().start().resume()
        awaitReady(activity)
    }

    @Test
    fun frontCameraIsUsedWithoutABackCamera() {
        FakeCamera.reset(CameraSelector.LENS_FACING_FRONT)
        val activity = launch().get()
        awaitReady(activity)
        assertEquals(CameraSelector.LENS_FACING_FRONT, FakeCamera.boundLens())
        assertFalse(activity.view<View>("switch_camera").isShown)
        assertFalse(activity.view<View>("torch").isShown)
    }

    @Test
    fun photosCanBeOpenedWithoutAnyCamera() {
        FakeCamera.reset()
        refuse(forEver = false)
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
        assertNull("no use in asking", shadowOf(activity).lastRequestedPermission)
        assertTrue(activity.view<View>("pick_photo").isShown)
        assertFalse(activity.view<View>("switch_camera").isShown)
        screenshot(activity, "no-camera")
    }

    @Test
    fun failedCameraProviderCanBeRetried() {
        FakeCamera.failWith(InitializationException("the camera service is down"))
        val activity = launch().get()
        awaitMessage(activity, activity.string("camera_failed"))
        FakeCamera.failWith(null)
        activity.press("message_action")
        awaitReady(activity)
    }

    private fun refuse(forEver: Boolean) {
        shadowOf(application).denyPermissions(Manifest.permission.CAMERA)
        shadowOf(application.packageManager)
            .setShouldShowRequestPermissionRationale(Manifest.permission.CAMERA, !forEver)
        assertEquals(
            PackageManager.PERMISSION_DENIED,
            ContextCompat.checkSelfPermission(application, Manifest.permission.CAMERA)
        )
    }

    private fun awaitQuestion(activity: Activity, before: Any? = null): ShadowActivity.PermissionsRequest {
        await("it asks for the camera") {
            shadowOf(activity).lastRequestedPermission.let { it != null && it !== before }
        }
        return shadowOf(activity).lastRequestedPermission
    }

    @Suppress("DEPRECATION") // the framework answers through this method
    private fun answer(activity: Activity, asked: ShadowActivity.PermissionsRequest, answer: Int) {
        // The framework would reset this field when the dialog closes.
        ReflectionHelpers.setField(Activity::class.java, activity, "mHasCurrentPermissionsRequest", false)
        (activity as ComponentActivity)
            .onRequestPermissionsResult(asked.requestCode, asked.requestedPermissions, intArrayOf(answer))
        settle()
    }
}
