package starter

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.view.View
import android.widget.SeekBar
import androidx.activity.ComponentActivity
import androidx.lifecycle.ViewModelProvider
import java.util.Collections
import launch.LaunchTestBase
import org.example.shapes.MainViewModel
import org.example.shapes.Processed
import org.example.shapes.atStart
import org.example.shapes.instead
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.robolectric.Shadows.shadowOf
import vision.Detection
import vision.VisionResult

/** What the tests of the starter's screen share. */
abstract class StarterTestBase : LaunchTestBase() {
    protected val picture by lazy { pictures().maxBy { expected(it).size } }

    /** What the pictures of the documentation show: scripts/draw_screens.py chooses it. */
    protected val scene by lazy { System.getProperty("photo")?.let(BitmapFactory::decodeFile) ?: bitmap(picture) }

    @After
    fun useTheReadmesProcessor() {
        instead = null
        atStart = null
    }

    protected fun viewModel(activity: Activity) =
        ViewModelProvider(activity as ComponentActivity)[MainViewModel::class.java]

    protected fun recordCrops(): MutableList<Pair<Detection, Bitmap?>> {
        val crops = Collections.synchronizedList(mutableListOf<Pair<Detection, Bitmap?>>())
        instead = { result, seen, _ ->
            crops += result.boxes.map { it to seen.crop(it) }
            Processed(result)
        }
        return crops
    }

    protected fun openPhoto(activity: Activity) {
        open(activity, png(bitmap(picture)))
        awaitPhoto(activity)
    }

    protected fun awaitPhoto(activity: Activity) = await("the photo is analyzed") {
        activity.view<View>("photo").isShown && activity.view<View>("stats").isShown
    }

    protected fun move(activity: Activity, percent: Int) {
        val slider = activity.view<SeekBar>("confidence")
        slider.progress = percent
        val listener = shadowOf(slider).onSeekBarChangeListener
        listener.onProgressChanged(slider, percent, true)
        settle()
    }

    protected fun boxes(activity: Activity): List<Detection> =
        (activity.overlay.javaClass.getMethod("getShown").invoke(activity.overlay) as VisionResult?)?.boxes.orEmpty()

    protected fun assertShows(activity: Activity, expected: List<Detection>) {
        settle()
        val seen = boxes(activity)
        assertEquals(text(seen), expected.size, seen.size)
        for (one in expected) {
            assertTrue("$one of ${text(seen)}", seen.any { it.classId == one.classId && isNear(it, one) })
        }
    }

    protected fun isNear(seen: Detection, expected: Detection): Boolean {
        val corner = vectors.tolerances.corner.toFloat()
        return kotlin.math.abs(seen.x1 - expected.x1) <= corner && kotlin.math.abs(seen.y1 - expected.y1) <= corner &&
            kotlin.math.abs(seen.x2 - expected.x2) <= corner && kotlin.math.abs(seen.y2 - expected.y2) <= corner
    }
}
