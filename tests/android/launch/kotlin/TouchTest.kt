package launch

import android.app.Activity
import android.app.AlertDialog
import android.content.DialogInterface
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.PointF
import android.graphics.RectF
import android.graphics.drawable.BitmapDrawable
import android.view.MotionEvent
import android.view.View
import android.view.ViewGroup
import android.widget.ImageView
import android.widget.TextView
import androidx.camera.fake.FakeCamera
import kotlin.math.abs
import kotlin.math.roundToInt
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowAlertDialog
import vision.Detection
import vision.THE_MODEL

/** Tests of a tap on a detection, which shows its details. */
class TouchTest : LaunchTestBase() {
    private val picture by lazy { pictures().maxBy { expected(it).size } }

    @Test
    fun tapOnADetectionInAPhotoShowsItsDetails() {
        val activity = launch().get()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        for (box in detections(activity).sortedBy { area(it) }.take(1)) {
            touch(activity, box, fills = false)
            assertShows(awaitDialog(), box)
        }
    }

    @Test
    fun tapOnADetectionInTheCameraShowsItsDetailsInsteadOfFocusing() {
        val controller = launch()
        awaitReady(controller.get())
        show(bitmap(picture))
        val box = detections(controller.get()).filter { it.isOnScreen(controller.get()) }.minBy { area(it) }
        val before = FakeCamera.focus
        touch(controller.get(), box, fills = true)
        val dialog = awaitDialog()
        assertShows(dialog, box)
        assertEquals("the camera does not focus", before, FakeCamera.focus)
        controller.recreate() // the phone is turned
        await("it is shown again") { latest() !== dialog && latest()?.isShowing == true }
        assertTrue(!dialog.isShowing)
        val again = latest()!!
        again.getButton(DialogInterface.BUTTON_POSITIVE).performClick()
        await("it is closed") { !again.isShowing }
        controller.recreate()
        settle()
        assertTrue("it stays closed", !latest()!!.isShowing)
    }

    /** Holding the second tap zooms with one finger, as in other camera apps. */
    @Test
    fun doubleTapShowsNoDetails() {
        val activity = launch().get()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        val box = detections(activity).minBy { area(it) }
        touch(activity, box, fills = false)
        repeat(5) { settle() } // two taps follow each other
        touch(activity, box, fills = false)
        pass(1)
        assertNull(latest())
    }

    @Test
    fun pinchZoomsPhotoAndOverlayAndDetectionsStayTappable() {
        val activity = launch().get()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        val box = detections(activity).minBy { area(it) }
        val overlay = activity.overlay
        val at = middle(activity, box, fills = false)
        fun fingers(apart: Float) = arrayOf(at.x - apart to at.y, at.x + apart to at.y)
        val before = drawn(overlay)
        touch(overlay, MotionEvent.ACTION_DOWN, fingers(FIRST)[0])
        touch(overlay, SECOND or MotionEvent.ACTION_POINTER_DOWN, *fingers(FIRST))
        for (step in 1..20) touch(overlay, MotionEvent.ACTION_MOVE, *fingers(FIRST + step * (LAST - FIRST) / 20))
        touch(overlay, SECOND or MotionEvent.ACTION_POINTER_UP, *fingers(LAST))
        touch(overlay, MotionEvent.ACTION_UP, fingers(LAST)[0])
        pass(1)
        val near = drawn(overlay)
        for ((one, wide) in near.zip(before)) assertTrue("$one", one.width() > 1.5f * wide.width())
        val matrix = activity.view<ImageView>("picture").imageMatrix
        val boxes = detections(activity).map {
            RectF(it.x1, it.y1, it.x2, it.y2).also(matrix::mapRect)
        }
        for (one in near) {
            val isThere = boxes.any { abs(it.left - one.left) + abs(it.top - one.top) < 1 }
            assertTrue("$one in $boxes", isThere)
        }
        screenshot(activity, "near")
        val place = RectF(box.x1, box.y1, box.x2, box.y2).also(matrix::mapRect)
        tap(overlay, place.centerX(), place.centerY())
        val dialog = awaitDialog()
        assertShows(dialog, box)
        dialog.getButton(DialogInterface.BUTTON_POSITIVE).performClick()
        touch(overlay, MotionEvent.ACTION_DOWN, 300f to 500f)
        for (x in listOf(330f, 360f)) touch(overlay, MotionEvent.ACTION_MOVE, x to 500f)
        touch(overlay, MotionEvent.ACTION_UP, 360f to 500f)
        assertTrue("it goes with the finger", drawn(overlay).minOf { it.left } > near.minOf { it.left })
        pass(1)
        tap(overlay, 10f, 10f)
        repeat(5) { settle() } // two taps follow each other
        tap(overlay, 10f, 10f)
        pass(1)
        assertEquals("two taps show all of it", before, drawn(overlay))
    }

    private fun drawn(overlay: View): List<RectF> {
        val boxes = mutableListOf<RectF>()
        overlay.draw(object : Canvas(Bitmap.createBitmap(overlay.width, overlay.height, Bitmap.Config.ARGB_8888)) {
            override fun drawRect(left: Float, top: Float, right: Float, bottom: Float, paint: Paint) {
                boxes += RectF(left, top, right, bottom)
            }
        })
        return boxes
    }

    @Test
    fun tapBesideAllDetectionsShowsNothing() {
        val activity = launch().get()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        val overlay = activity.overlay
        tap(overlay, overlay.width / 2f, 1f)
        settle()
        assertNull(latest())
    }

    private fun area(box: Detection) = (box.x2 - box.x1) * (box.y2 - box.y1)

    private fun Detection.isOnScreen(activity: Activity) =
        middle(activity, this, fills = true).x in 0f..activity.overlay.width.toFloat()

    private fun touch(activity: Activity, box: Detection, fills: Boolean) {
        val middle = middle(activity, box, fills)
        tap(activity.overlay, middle.x, middle.y)
    }

    private fun middle(activity: Activity, box: Detection, fills: Boolean): PointF {
        val place = placeOf(picture, activity.overlay, fills)
        val scale = place.width() / picture.width
        return PointF(place.left + (box.x1 + box.x2) / 2 * scale, place.top + (box.y1 + box.y2) / 2 * scale)
    }

    private fun tap(overlay: View, x: Float, y: Float) {
        touch(overlay, MotionEvent.ACTION_DOWN, x to y)
        touch(overlay, MotionEvent.ACTION_UP, x to y)
    }

    private fun latest() = ShadowAlertDialog.getLatestDialog() as AlertDialog?

    private fun awaitDialog(): AlertDialog {
        await("it is shown from near") { latest()?.isShowing == true }
        return latest()!!
    }

    private fun assertShows(dialog: AlertDialog, box: Detection) {
        assertEquals(THE_MODEL.classNames[box.classId], shadowOf(dialog).title)
        val words = dialog.findViewById<TextView>(android.R.id.message).text
        val width = (box.x2 - box.x1).roundToInt()
        val height = (box.y2 - box.y1).roundToInt()
        assertTrue("$words", "%.2f".format(box.score) in words && "$width × $height" in words)
        val crop = images(dialog.window!!.decorView).mapNotNull { (it.drawable as? BitmapDrawable)?.bitmap }.single()
        assertEquals(width, crop.width)
        assertEquals(height, crop.height)
        assertSame(bitmap(picture), box, crop)
    }

    /** Asserts that the middle of the crop is that of the box, within a pixel. */
    private fun assertSame(whole: Bitmap, box: Detection, crop: Bitmap) {
        val near = (-1..1).flatMap { dy ->
            (-1..1).map { dx ->
                whole.getPixel(((box.x1 + box.x2) / 2).toInt() + dx, ((box.y1 + box.y2) / 2).toInt() + dy)
            }
        }
        assertNotEquals(0, crop.getPixel(crop.width / 2, crop.height / 2))
        assertTrue(crop.getPixel(crop.width / 2, crop.height / 2) in near)
    }

    private fun images(view: View): List<ImageView> = when (view) {
        is ImageView -> listOf(view)
        is ViewGroup -> (0 until view.childCount).flatMap { images(view.getChildAt(it)) }
        else -> emptyList()
    }

    private companion object {
        const val SECOND = 1 shl MotionEvent.ACTION_POINTER_INDEX_SHIFT

        // Pixels from the middle. Android ignores a pinch of two fingers that are closer than 27 mm.
        const val FIRST = 250f
        const val LAST = 650f
    }
}
