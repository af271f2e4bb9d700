package launch

import android.app.Activity
import android.content.res.ColorStateList
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.ColorMatrix
import android.graphics.ColorMatrixColorFilter
import android.graphics.Paint
import android.graphics.Rect
import android.view.View
import android.view.ViewGroup
import android.widget.ImageButton
import android.widget.TextView
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.annotation.Config

/** Tests of the contrast of letters and icons over pictures, measured on screenshots. */
@Config(shadows = [FakeFilm::class])
class ReadableTest : LaunchTestBase() {
    private val scene by lazy { bitmap(pictures().maxBy { it.width * it.height }) }

    @Test
    fun lettersAreReadableOverABrightPicture() = measure("bright", scale = 0.25f, offset = 191f)

    @Test
    fun lettersAreReadableOverADarkPicture() = measure("dark", scale = 0.25f, offset = 0f)

    /** The picture has the aspect ratio of its view, so that it is behind all controls. */
    private fun measure(name: String, scale: Float, offset: Float) {
        val activity = launch().get()
        awaitReady(activity)
        show(scene)
        val chips = activity.view<ViewGroup>("chip_row")
        chips.getChildAt(0).performClick() // the selected chip stays without detections
        val place = placeOf(activity.overlay)
        var tries = 0
        do { // a chip without detections stays for two seconds, which a busy machine may need for a frame
            show(scene)
            repeat(3) { show(shaped(place.width() / 2, place.height() / 2, scale, offset)) }
        } while (chips.childCount < 2 && ++tries < 10)
        screenshot(activity, "over-$name")
        val zooms = activity.view<ViewGroup>("zooms")
        val rows = listOf(0 to "the active", 1 to "another").flatMap { (i, which) ->
            listOf("$which chip" to chips.getChildAt(i), "$which zoom" to zooms.getChildAt(i))
        }
        assertTrue("they are active", chips.getChildAt(0).isSelected && zooms.getChildAt(0).isSelected)
        assertAllReadable(activity, IDS.map { it to activity.view<View>(it) } + rows)
        FakeFilm.reset()
        for (id in listOf("record", "torch")) activity.press(id) // both are active afterwards
        val frame = shaped(place.width() / 2, place.height() / 2, scale, offset)
        show(frame)
        val active = listOf("recording", "record", "torch")
        assertAllReadable(activity, active.map { it to activity.view<View>(it) })
        activity.press("hold")
        await("it is held") { activity.view<View>("close_photo").isShown }
        assertAllReadable(activity, listOf("close_photo" to activity.view<View>("close_photo")))
    }

    private fun assertAllReadable(activity: Activity, over: List<Pair<String, View>>) {
        val place = placeOf(activity.overlay)
        activity.window.decorView.jumpDrawablesToCurrentState() // end the animations of the touched buttons
        for ((id, view) in over) {
            assertTrue("$id is there", view.isShown)
            assertTrue("$id lies over the picture", place.contains(placeOf(view)))
            assertReadable(activity, id, view)
        }
    }

    @Test
    fun labelsAreReadableInEveryColour() {
        val colors = Class.forName("$packageName.ClassColors")
        val all = colors.getField("INSTANCE").get(null)
        fun of(name: String, value: Int) =
            colors.getMethod(name, Int::class.javaPrimitiveType).invoke(all, value) as Int
        val seen = (0 until 100).map { of("of", it) }.distinct()
        assertTrue("${seen.size} colours", seen.size > 14)
        for (color in seen) {
            val found = contrast(of("lettersOn", color), color)
            assertTrue("a contrast of $found on ${Integer.toHexString(color)}", found >= LEAST_CONTRAST)
        }
    }

    /** Asserts the contrast with every pixel behind the letters. */
    private fun assertReadable(activity: Activity, id: String, view: View) {
        val letters = (view as? TextView)?.currentTextColor
            ?: (view as ImageButton).run { imageTintList!!.getColorForState(drawableState, Color.TRANSPARENT) }
        val least = behind(activity, view).minOf { contrast(letters, it) }
        assertTrue("$id: a contrast of $least", least >= LEAST_CONTRAST)
    }

    /** The colours of the screen behind the letters. */
    private fun behind(activity: Activity, view: View): List<Int> {
        val place = placeOf(view)
        val density = view.resources.displayMetrics.density
        val across = minOf((INSIDE * density).toInt(), place.width() / 3)
        val down = (place.height() - (INSIDE * density).toInt()) / 2
        val shown = (view as? ImageButton)?.imageTintList to (view as? TextView)?.textColors
        tint(view, ColorStateList.valueOf(Color.TRANSPARENT))
        val picture = screenshot(activity, "letters")
        tint(view, shown.first ?: shown.second!!)
        place.inset(across, down)
        return (place.top until place.bottom).flatMap { y ->
            (place.left until place.right).map { x -> picture.getPixel(x, y) }
        }.distinct()
    }

    private fun tint(view: View, colors: ColorStateList) {
        if (view is ImageButton) view.imageTintList = colors
        if (view is TextView) {
            view.setTextColor(colors)
            view.compoundDrawableTintList = colors
        }
    }

    /** The scene resized to [width] x [height], brighter or darker. */
    private fun shaped(width: Int, height: Int, scale: Float, offset: Float): Bitmap {
        val values = ColorMatrix().array
        for (row in 0 until COLORS) {
            values[COLUMNS * row + row] = scale
            values[COLUMNS * row + COLUMNS - 1] = offset
        }
        val paint = Paint().apply { colorFilter = ColorMatrixColorFilter(ColorMatrix(values)) }
        return Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888).also {
            Canvas(it).drawBitmap(scene, null, Rect(0, 0, width, height), paint)
        }
    }

    companion object {
        private val IDS =
            listOf("stats", "hold", "menu", "pick_photo", "switch_camera", "record", "torch", "adjust")
        private const val COLORS = 3
        private const val COLUMNS = 5 // columns of a colour matrix
        private const val INSIDE = 16 // dp: within the round ends
        private const val FLARE = 0.05
        const val LEAST_CONTRAST = 4.5

        /** The contrast ratio of WCAG 2. */
        fun contrast(a: Int, b: Int): Double {
            val (light, dark) = listOf(a, b).map { Color.luminance(it) + FLARE }.sortedDescending()
            return light / dark
        }
    }
}
