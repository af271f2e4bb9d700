package launch

import android.Manifest
import android.app.Activity
import android.view.View
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import vision.THE_MODEL

/** Tests of the welcome screen, which the app shows at its first start. */
class WelcomeTest : LaunchTestBase() {
    @Before
    fun resetToTheFirstStart() {
        firstStart().edit().clear().commit()
        shadowOf(application).denyPermissions(Manifest.permission.CAMERA)
    }

    @Test
    fun welcomeNamesTheClassesAndAsksForTheCameraAfterwards() {
        val controller = launch()
        val activity = controller.get()
        awaitWelcome(activity)
        val text = activity.text("welcome_text")
        for (name in THE_MODEL.classNames) assertTrue(text, name in text)
        assertTrue(text, activity.string("welcome_private") in text)
        assertFalse("nothing else is there", activity.view<View>("menu").isShown)
        pass(1)
        assertNull("it does not ask yet", shadowOf(activity).lastRequestedPermission)
        screenshot(activity, "welcome")
        controller.recreate() // the phone is turned
        awaitWelcome(controller.get())
        controller.get().press("go_on")
        await("it asks") { shadowOf(controller.get()).lastRequestedPermission != null }
        assertFalse(controller.get().view<View>("welcome").isShown)
        await("it is kept") { firstStart().getBoolean("is_read", false) }
    }

    @Test
    fun welcomeIsShownOnce() {
        firstStart().edit().putBoolean("is_read", true).commit()
        val activity = launch().get()
        await("it asks") { shadowOf(activity).lastRequestedPermission != null }
        assertFalse(activity.view<View>("welcome").isShown)
    }

    @Test
    fun welcomeIsShownAgainIfItWasNotConfirmed() {
        val first = launch()
        awaitWelcome(first.get())
        first.pause().stop().destroy()
        awaitWelcome(launch().get())
    }

    @Test
    @Config(qualifiers = "w640dp-h320dp-land-notnight-420dpi")
    fun welcomeButtonIsReachableInLandscapeWithLargeFont() {
        RuntimeEnvironment.setFontScale(2f)
        val activity = launch().get()
        awaitWelcome(activity)
        val whole = activity.view<View>("welcome")
        whole.scrollTo(0, 10_000) // as far as it goes
        settle()
        val place = placeOf(activity.view("go_on"))
        assertTrue("$place", placeOf(whole).contains(place))
        assertTrue("$place", place.height() >= 48 * activity.resources.displayMetrics.density)
        screenshot(activity, "welcome-landscape-font2")
    }

    private fun awaitWelcome(activity: Activity) {
        await("it welcomes") { activity.view<View>("welcome").isShown }
        assertEquals(View.INVISIBLE, activity.view<View>("main").visibility)
    }
}
