package launch

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import android.graphics.Rect
import android.view.View
import android.view.ViewGroup
import android.widget.SeekBar
import android.widget.TextView
import androidx.core.graphics.Insets
import androidx.core.view.ViewCompat
import androidx.core.view.WindowInsetsCompat
import kotlin.random.Random
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult

/** What the screen looks like on all kinds of devices. Each test leaves a picture to look at. */
class ScreenTest : LaunchTestBase() {
    private val scene by lazy {
        System.getProperty("photo")?.let(BitmapFactory::decodeFile) ?: bitmap(pictures().maxBy { it.width * it.height })
    }

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-notnight-420dpi")
    fun phone() = look("phone")

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-night-420dpi")
    fun dark() = look("phone-dark")

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-notnight-420dpi")
    fun landscape() = look("phone-landscape")

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-night-420dpi")
    fun landscapeWithLargeLetters() {
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        look("phone-landscape-font2")
    }

    @Test
    @Config(qualifiers = "w800dp-h1280dp-port-notnight-320dpi")
    fun tablet() = look("tablet")

    @Test
    @Config(qualifiers = "w1280dp-h800dp-land-night-320dpi")
    fun tabletLandscape() = look("tablet-landscape")

    @Test
    @Config(qualifiers = "w320dp-h533dp-port-notnight-240dpi")
    fun smallPhoneWithLargeLetters() {
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        look("small-font2")
    }

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-notnight-420dpi")
    fun whatCanBeAdjusted() = look("phone-panel", isAdjusting = true)

    @Test
    @Config(qualifiers = "w411dp-h891dp-port-night-420dpi")
    fun whatCanBeAdjustedInTheDark() = look("phone-panel-dark", isAdjusting = true)

    @Test
    @Config(qualifiers = "w891dp-h411dp-land-notnight-420dpi")
    fun whatCanBeAdjustedWithLargeLetters() {
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        look("landscape-panel-font2", isAdjusting = true)
    }

    /** Measured on the screen itself, over a picture that is all white and one that is all black. */
    @Test
    fun lettersAreReadableOverAnyPicture() {
        for (color in listOf(Color.WHITE, Color.BLACK)) {
            val activity = launch().get()
            show(Bitmap.createBitmap(360, 800, Bitmap.Config.ARGB_8888).apply { eraseColor(color) })
            val picture = screenshot(activity, if (color == Color.WHITE) "over-white" else "over-black")
            for (name in listOf("stats", "pick_photo", "share", "adjust")) {
                val contrast = contrast(picture, activity.view(name))
                assertTrue("$name over ${Integer.toHexString(color)}: $contrast", contrast >= LEAST_CONTRAST)
            }
        }
    }

    /** Of white letters and the colour that most of what lies behind them has, as WCAG 2 has it. */
    private fun contrast(picture: Bitmap, view: TextView): Double {
        val place = Rect().also(view::getGlobalVisibleRect)
        val density = view.resources.displayMetrics.density
        val inner = Rect(place).apply { inset((INSIDE * density).toInt(), (INSIDE * density).toInt()) }
        var lightest = 0.0
        val seen = HashMap<Int, Int>()
        for (y in inner.top until inner.bottom) {
            for (x in inner.left until inner.right) {
                val color = picture.getPixel(x, y)
                seen.merge(color, 1, Int::plus)
                lightest = maxOf(lightest, Color.luminance(color).toDouble())
            }
        }
        val behind = Color.luminance(seen.maxBy { it.value }.key).toDouble()
        return (lightest + FLARE) / (behind + FLARE)
    }

    @Test
    @Config(qualifiers = "ar-ldrtl-w411dp-h891dp-port-notnight-420dpi")
    fun rightToLeft() {
        look("phone-rtl")
    }

    @Test
    fun aMessageFitsWithLargeLetters() {
        RuntimeEnvironment.setQualifiers("+w640dp-h320dp-land")
        RuntimeEnvironment.setFontScale(LARGEST_FONT)
        androidx.camera.fake.FakeCamera.reset()
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
        check(activity)
        screenshot(activity, "message-landscape-font2")
    }

    @Test
    fun threeHundredBoxes() {
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
    fun tinyBoxesAndBoxesAtTheEdge() = crowd("tiny-boxes", count = 40) { i ->
        val x = i % 8 * 91f
        val y = i / 8 * 119f
        Detection(x, y, x + 2f, y + 2f, 0.9f, i % THE_MODEL.classNames.size)
    }

    private fun look(name: String, isAdjusting: Boolean = false) {
        val activity = launch().get()
        insets(activity)
        repeat(FRAMES) { show(scene) }
        if (isAdjusting) {
            activity.press("adjust")
            val title = activity.view<View>("panel").accessibilityPaneTitle
            assertEquals("a screen reader says what opens", activity.string("adjust"), title)
        }
        settle()
        check(activity)
        screenshot(activity, name)
    }

    /** A status bar, a cut-out and a bar with three buttons. */
    private fun insets(activity: Activity) {
        val density = activity.resources.displayMetrics.density
        val isWide = activity.resources.displayMetrics.run { widthPixels > heightPixels }
        val bars = Insets.of(
            if (isWide) (40 * density).toInt() else 0,
            (32 * density).toInt(),
            0,
            (24 * density).toInt()
        )
        val insets = WindowInsetsCompat.Builder().setInsets(WindowInsetsCompat.Type.systemBars(), bars).build()
        ViewCompat.dispatchApplyWindowInsets(activity.window.decorView, insets)
        settle()
        val root = activity.view<View>("root")
        if (android.os.Build.VERSION.SDK_INT >= 30) {
            val padding = Insets.of(root.paddingLeft, root.paddingTop, root.paddingRight, root.paddingBottom)
            assertEquals("kept clear of the bars", bars, padding)
        }
    }

    /** Every control is labelled, large enough for a finger, and on the screen. */
    private fun check(activity: Activity) {
        val screen = Rect(0, 0, activity.window.decorView.width, activity.window.decorView.height)
        val least = (48 * activity.resources.displayMetrics.density).toInt()
        val controls = all(activity.window.decorView).filter { it.isShown && (it.isClickable || it is SeekBar) }
        assertTrue("controls", controls.size >= 4)
        for (control in controls) {
            val name = activity.resources.getResourceEntryName(control.id)
            val label = control.contentDescription ?: (control as? android.widget.TextView)?.text
            assertTrue("$name has a label", !label.isNullOrBlank())
            assertTrue(
                "$name is ${control.width} x ${control.height}",
                control.width >= least && control.height >= least
            )
            val place = Rect()
            if (control.getGlobalVisibleRect(place)) assertTrue("$name at $place", screen.contains(place))
        }
        for (name in listOf("pick_photo", "share", "adjust")) {
            assertTrue("its short name", activity.text(name).length in 1..8)
        }
        val overlay = activity.overlay
        assertTrue(
            "the picture has room: ${overlay.width} x ${overlay.height}",
            overlay.width > least && overlay.height > 2 * least
        )
    }

    private fun all(view: View): List<View> = listOf(view) +
        (
            (view as? ViewGroup)?.let { group ->
                (0 until group.childCount).flatMap { all(group.getChildAt(it)) }
            }.orEmpty()
            )

    private fun crowd(name: String, count: Int = 300, box: (Int) -> Detection) {
        val activity = launch().get()
        awaitReady(activity)
        val times = Class.forName("$packageName.StageTimes").constructors.single().newInstance(0L, 0L, 0L, 0L)
        val type = Class.forName("$packageName.PictureResult")
        val boxes = VisionResult.Boxes(width = 640, height = 480, List(count, box))
        val all = type.constructors.single { !it.isSynthetic }
        val seen = all.newInstance(boxes, THE_MODEL, times, 0, false, null, false, emptyList<FloatArray>(), null)
        activity.overlay.javaClass.getMethod("show", type).invoke(activity.overlay, seen)
        settle()
        val picture: Bitmap = screenshot(activity, name)
        assertTrue(picture.width > 0)
        assertEquals(count, detections(activity).size)
    }

    private companion object {
        const val LARGEST_FONT = 2f
        const val FRAMES = 5 // until there is a rate
        const val INSIDE = 10 // dp: within the rounded corners
        const val FLARE = 0.05
        const val LEAST_CONTRAST = 4.5
    }
}
