package starter

import android.app.Activity
import android.view.MotionEvent
import android.view.View
import android.widget.TextView
import androidx.activity.ComponentActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.annotation.Config

/** Tests of the starter's sheet and self-check, and of its controls on screens of all shapes. */
class SheetTest : StarterTestBase() {
    @Test
    fun navigationButtonsAreDarkOnTheSheet() = assertNavigationFollowsSheet(isDark = true, "menu", "scrim")

    @Test
    @Config(qualifiers = "w411dp-h891dp-night-420dpi")
    fun navigationButtonsAreWhiteOnADarkSheet() = assertNavigationFollowsSheet(isDark = false, "menu", "scrim")

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
    @Config(qualifiers = "w891dp-h411dp-land-night-420dpi")
    fun darkLandscapeScreenHasItsControlsInside() = assertControlsAreInside("land-night")

    @Test
    @Config(qualifiers = "w411dp-h891dp-night-420dpi")
    fun darkPortraitScreenHasItsControlsInside() = assertControlsAreInside("night")

    @Test
    fun portraitScreenHasItsControlsInside() = assertControlsAreInside("portrait")

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
        show(scene)
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
        open(activity, png(scene))
        awaitPhoto(activity)
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

    /** Opens the sheet, and waits until the self-check there says what it does. */
    private fun startSelfCheck(activity: Activity) {
        activity.press("menu")
        activity.press("run_self_check")
        await("the self-check runs") { activity.text("verdict_details").isNotEmpty() }
    }

    private fun awaitCheckEnds(activity: Activity) = await("the self-check has ended") {
        activity.view<TextView>("run_self_check").text == activity.string("run_self_check")
    }
}
