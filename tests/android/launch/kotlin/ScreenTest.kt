package launch

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.Rect
import android.view.View
import android.view.ViewGroup
import android.widget.HorizontalScrollView
import android.widget.ScrollView
import android.widget.SeekBar
import android.widget.TextView
import androidx.core.graphics.Insets
import androidx.core.view.ViewCompat
import androidx.core.view.WindowInsetsCompat
import kotlin.random.Random
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult

/** Tests of the layout on all kinds of devices. Each test writes a screenshot. */
class ScreenTest : LaunchTestBase() {
    private val scene by lazy {
        System.getProperty("photo")?.let(BitmapFactory::decodeFile) ?: bitmap(pictures().maxBy { it.width * it.height })
    }

    private var bars = Insets.NONE

    @Test
    fun sheetIsDraggedDownToClose() {
        val activity = launch().get()
        awaitReady(activity)
        activity.openSheet()
        val sheet = activity.view<View>("sheet")
        assertTrue(activity.view<View>("handle").isShown)
        drag(activity.view("sheet_header"), 9f, 0f, sheet.height / 2f)
        pass(1)
        assertFalse("it is at ${sheet.translationY} of ${sheet.height}", sheet.isShown)
        activity.openSheet()
        assertTrue(sheet.isShown)
        assertEquals("it opens where it belongs", 0f, sheet.translationY)
    }

    @Test
    fun navigationButtonsAreDarkOnTheSheet() = assertNavigationFollowsSheet(isDark = true, "adjust", "close_sheet")

    @Test
    @Config(qualifiers = "w411dp-h891dp-night-420dpi")
    fun navigationButtonsAreWhiteOnADarkSheet() = assertNavigationFollowsSheet(isDark = false, "adjust", "close_sheet")

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-notnight-420dpi")
    fun phoneLayout() = look("phone")

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-night-420dpi")
    fun darkPhoneLayout() = look("phone-dark")

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-notnight-420dpi")
    fun landscapeLayout() = look("phone-landscape")

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-night-420dpi")
    fun landscapeLayoutWithLargeFont() {
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        look("phone-landscape-font2")
    }

    @Test
    @Config(qualifiers = "w800dp-h1280dp-port-notnight-320dpi")
    fun tabletLayout() = look("tablet")

    @Test
    @Config(qualifiers = "w1280dp-h800dp-land-night-320dpi")
    fun tabletLandscapeLayout() = look("tablet-landscape")

    @Test
    @Config(qualifiers = "w320dp-h533dp-port-notnight-240dpi")
    fun smallPhoneLayoutWithLargeFont() {
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        look("small-font2")
    }

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-notnight-420dpi")
    fun panelLayout() = look("phone-panel", isAdjusting = true)

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-night-420dpi")
    fun darkPanelLayout() = look("phone-panel-dark", isAdjusting = true)

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-notnight-420dpi")
    fun landscapePanelLayout() = look("landscape-panel", isAdjusting = true)

    @Test
    @Config(qualifiers = "ar-ldrtl-w891dp-h411dp-land-notnight-420dpi")
    fun rightToLeftLandscapePanelLayout() = look("landscape-rtl", isAdjusting = true)

    @Test
    @Config(qualifiers = "w411dp-h360dp-land-notnight-420dpi")
    fun splitScreenPanelLayout() = look("half-a-phone", isAdjusting = true)

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-notnight-420dpi")
    fun landscapePanelLayoutWithLargeFont() {
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        look("landscape-panel-font2", isAdjusting = true)
    }

    @Test
    @Config(qualifiers = "ar-ldrtl-w411dp-h891dp-port-notnight-420dpi")
    fun rightToLeftLayout() {
        look("phone-rtl")
    }

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-night-420dpi", shadows = [FakeFilm::class])
    fun recordingLayout() = look("phone-recording", isRecording = true)

    @Test
    @Config(qualifiers = "w320dp-h533dp-port-notnight-240dpi", shadows = [FakeFilm::class])
    fun recordingLayoutWithLargeFont() {
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        look("small-recording-font2", isRecording = true)
    }

    @Test
    fun messageFitsWithLargeFont() {
        RuntimeEnvironment.setQualifiers("+w640dp-h320dp-land")
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        androidx.camera.fake.FakeCamera.reset()
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
        check(activity)
        screenshot(activity, "message-landscape-font2")
    }

    @Test
    fun threeHundredBoxesAreDrawn() {
        val random = Random(1)
        crowd("300-boxes") { i ->
            val x = random.nextFloat() * 600
            val y = random.nextFloat() * 440
            Detection(
                x,
                y,
                x + 5 + random.nextFloat() * 90,
                y + 5 + random.nextFloat() * 90,
                1f - i / 400f,
                i % THE_MODEL.classNames.size
            )
        }
    }

    @Test
    fun tinyBoxesAndBoxesAtTheEdgeAreDrawn() = crowd("tiny-boxes", count = 40) { i ->
        val x = i % 8 * 91f
        val y = i / 8 * 119f
        Detection(x, y, x + 2f, y + 2f, 0.9f, i % THE_MODEL.classNames.size)
    }

    private fun look(name: String, isAdjusting: Boolean = false, isRecording: Boolean = false) {
        val activity = launch().get()
        insets(activity)
        repeat(FRAMES) { show(scene) }
        pass(1) // the frame rate is updated every second
        show(scene)
        assertTrue("frames a second: ${activity.text("stats")}", activity.text("stats").first().isDigit())
        if (isAdjusting) {
            activity.openSheet()
            insets(activity) // Robolectric sends its own when the navigation buttons change their colour
            val title = activity.view<View>("sheet").accessibilityPaneTitle
            assertEquals("a screen reader says what opens", activity.string("adjust"), title)
        }
        if (isRecording) {
            FakeFilm.reset()
            activity.press("record")
            show(scene)
            assertTrue("the clock", activity.view<View>("recording").isShown)
        }
        settle()
        val stats = activity.view<TextView>("stats").layout
        assertEquals("all of them", 0, stats.getEllipsisCount(stats.lineCount - 1))
        check(activity)
        assertWordsAreClear(activity)
        screenshot(activity, name)
    }

    /** A status bar, a cut-out and a bar with three buttons, which is at the side in landscape. */
    private fun insets(activity: Activity) {
        val density = activity.resources.displayMetrics.density
        val isWide = activity.resources.displayMetrics.run { widthPixels > heightPixels }
        val (status, cutOut, buttons) = listOf(32, 40, 48).map { (it * density).toInt() }
        bars = if (isWide) Insets.of(cutOut, status, buttons, 0) else Insets.of(0, status, 0, buttons)
        if (android.os.Build.VERSION.SDK_INT < 30) bars = Insets.NONE // Robolectric sets its own at each layout
        val insets = WindowInsetsCompat.Builder().setInsets(WindowInsetsCompat.Type.systemBars(), bars).build()
        ViewCompat.dispatchApplyWindowInsets(activity.view("root"), insets)
        settle()
    }

    /** Asserts that each control has a label, is large enough, and overlaps neither bars nor other controls. */
    private fun check(activity: Activity) {
        val window = activity.window.decorView
        val free = Rect(bars.left, bars.top, window.width - bars.right, window.height - bars.bottom)
        val least = (48 * activity.resources.displayMetrics.density).toInt()
        val controls = all(window).filter { it.isShown && (it.isClickable || it is SeekBar) }
        assertTrue("controls", controls.size >= 4)
        for (control in controls) {
            val name = nameOf(control)
            val text = (control as? TextView)?.text?.toString().orEmpty()
            val label = control.contentDescription?.toString() ?: text
            assertTrue("$name has a label", label.isNotBlank())
            assertTrue("$name: what is read, '$text', is said, '$label'", label.contains(text, ignoreCase = true))
            assertTrue(
                "$name is ${control.width} x ${control.height}",
                control.width >= least && control.height >= least
            )
        }
        val panels = listOf("sheet", "message_panel").map { activity.view<View>(it) }.filter { it.isShown }
        val fixed = controls.filter { scrolling(it) == null || it.id == activity.overlay.id } - activity.overlay
        val scrolled = controls.mapNotNull(::scrolling).distinct()
        val pieces = (fixed + scrolled + panels).distinct()
        for (piece in pieces) {
            val place = contentOf(piece)
            assertTrue("${nameOf(piece)} at $place within $free", free.contains(place))
            for (other in pieces) {
                val isOther = other !== piece && !isWithin(piece, other) && !isWithin(other, piece)
                val isCovered = isOther && Rect.intersects(place, contentOf(other))
                assertFalse("${nameOf(piece)} at $place under ${nameOf(other)} at ${contentOf(other)}", isCovered)
            }
        }
        for (name in listOf("pick_photo", "switch_camera", "torch", "adjust")) {
            assertTrue("its short name", activity.text(name).length in 1..8)
        }
        val whole = Rect(0, 0, window.width, window.height)
        if (!activity.view<View>("message_panel").isShown) {
            assertEquals("the camera's picture has the screen", whole, placeOf(activity.overlay))
        }
        val room = activity.view<View>("over_picture")
        assertTrue(
            "a whole picture has room: ${room.width} x ${room.height}",
            room.width > least && room.height > 2 * least
        )
    }

    /** Asserts that no control covers a label on the picture. */
    private fun assertWordsAreClear(activity: Activity) {
        val labels = mutableListOf<Rect>()
        val overlay = activity.overlay
        overlay.draw(object : Canvas(Bitmap.createBitmap(overlay.width, overlay.height, Bitmap.Config.ARGB_8888)) {
            override fun drawRoundRect(l: Float, t: Float, r: Float, b: Float, rx: Float, ry: Float, paint: Paint) {
                if (paint.style == Paint.Style.FILL) labels += Rect(l.toInt(), t.toInt(), r.toInt(), b.toInt())
            }
        })
        assertTrue("labels", labels.isNotEmpty())
        val controls =
            listOf("stats", "recording", "hold", "menu", "chips", "zooms", "sheet", "adjust", "pick_photo")
        for (control in controls.map { activity.view<View>(it) }.filter { it.isShown }) {
            for (label in labels) {
                assertFalse("$label under ${nameOf(control)}", Rect.intersects(label, placeOf(control)))
            }
        }
    }

    /** What scrolls is drawn between its paddings; only its background is under the bars. */
    private fun contentOf(view: View) = placeOf(view).apply {
        if (view is ScrollView) {
            left += view.paddingLeft
            top += view.paddingTop
            right -= view.paddingRight
            bottom -= view.paddingBottom
        }
    }

    private fun nameOf(view: View) =
        if (view.id == View.NO_ID) view.javaClass.simpleName else view.resources.getResourceEntryName(view.id)

    private fun isWithin(view: View, other: View) = generateSequence(view.parent) { it.parent }.any { it === other }

    /** The scrolling container of a view, or null. */
    private fun scrolling(view: View) = generateSequence(view.parent) { it.parent }
        .firstOrNull { it is ScrollView || it is HorizontalScrollView } as View?

    private fun all(view: View): List<View> = listOf(view) +
        (
            (view as? ViewGroup)?.let { group ->
                (0 until group.childCount).flatMap { all(group.getChildAt(it)) }
            }.orEmpty()
            )

    private fun crowd(name: String, count: Int = 300, box: (Int) -> Detection) {
        val activity = launch().get()
        awaitReady(activity)
        val times = Class.forName("edgegen.StageTimes").constructors.single().newInstance(0L, 0L, 0L, 0L)
        val type = Class.forName("$packageName.PictureResult")
        val boxes = VisionResult.Boxes(width = 640, height = 480, List(count, box))
        val all = type.constructors.single { !it.isSynthetic }
        val none = emptyList<Any>()
        val seen = all.newInstance(boxes, THE_MODEL, times, 0, false, null, false, "", none, null, none)
        activity.overlay.javaClass.getMethod("show", type).invoke(activity.overlay, seen)
        settle()
        val picture: Bitmap = screenshot(activity, name)
        assertTrue(picture.width > 0)
        assertEquals(count, detections(activity).size)
    }

    private companion object {
        const val LARGEST_FONT = 2f
        const val FRAMES = 5 // enough for a frame rate
    }
}
