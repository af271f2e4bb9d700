package launch

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.Rect
import android.graphics.RectF
import android.util.Rational
import android.view.MotionEvent
import android.view.View
import android.view.ViewGroup
import android.widget.ImageView
import android.widget.TextView
import androidx.camera.core.CameraSelector
import androidx.camera.core.CameraState
import androidx.camera.fake.FakeCamera
import androidx.camera.view.PreviewView
import kotlin.math.abs
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Robolectric
import vision.THE_MODEL
import vision.parity.Picture

/** Tests of the app with a camera: boxes over the preview, torch, zoom and messages. */
class CameraTest : LaunchTestBase() {
    @Test
    fun cameraShowsPyTorchsBoxesInEveryRotation() {
        val activity = launch().get()
        for (picture in pictures()) {
            for (rotation in listOf(0, 90, 180, 270)) {
                show(bitmap(picture), rotation)
                assertSees(expected(picture), activity, "${picture.name} turned by $rotation")
            }
        }
        screenshot(activity, "camera")
    }

    @Test
    fun cameraFollowsADisplayThatTurnsWithoutANewActivity() = assertCameraFollowsDisplay()

    @Test
    fun boxesAreDrawnOverThePreviewFilledAndWhole() {
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture))
        val overlay = activity.overlay
        val window = activity.window.decorView
        assertEquals("as large as the screen", Rect(0, 0, window.width, window.height), placeOf(overlay))
        assertBoxesLieOver(picture, activity, fills = true)
        activity.openSheet()
        activity.press("fill")
        activity.closeSheet()
        val beside = activity.view<View>("buttons")
        assertFalse("beside the buttons", Rect.intersects(placeOf(overlay), placeOf(beside)))
        show(bitmap(picture))
        assertBoxesLieOver(picture, activity, fills = false)
        screenshot(activity, "whole-picture")
    }

    /** Some cameras give preview and frames in different shapes. The app analyses only what both show. */
    @Test
    fun boxesAreDrawnOverAPreviewOfAnotherShape() {
        val picture = pictures().first()
        val shape = Rational(maxOf(picture.width, picture.height), minOf(picture.width, picture.height))
        val wide = Bitmap.createBitmap(picture.width, picture.height + 2 * BAND, Bitmap.Config.ARGB_8888)
        Canvas(wide).drawBitmap(bitmap(picture), 0f, BAND.toFloat(), null)
        val activity = launch().get()
        show(bitmap(picture))
        val plain = activity.view<PreviewView>("preview").bitmap!!
        for (isPreview in listOf(true, false)) {
            FakeCamera.previewShape = shape.takeIf { isPreview }
            FakeCamera.analysisShape = shape.takeIf { !isPreview }
            for (rotation in listOf(0, 90, 180, 270)) {
                show(wide, rotation)
                val about = "turned by $rotation, ${if (isPreview) "the preview" else "the frame"} shows less"
                assertSees(expected(picture), activity, about)
                assertBoxesLieOver(picture, activity, fills = true)
                assertTrue(about, looksLike(plain, activity.view<PreviewView>("preview").bitmap!!))
            }
            activity.press("hold")
            awaitSeen(activity)
            assertSees(expected(picture), activity, "held")
            assertEquals(picture.height, activity.view<ImageView>("picture").drawable.intrinsicHeight)
            activity.press("close_photo")
            awaitReady(activity)
        }
        activity.openSheet()
        activity.press("fill")
        settle()
        show(wide)
        assertBoxesLieOver(picture, activity, fills = false)
    }

    private fun looksLike(a: Bitmap, b: Bitmap): Boolean {
        val places = (0 until a.height step 16).flatMap { y -> (0 until a.width step 16).map { it to y } }
        val far = places.count { (x, y) ->
            val (one, other) = a.getPixel(x, y) to b.getPixel(x, y)
            listOf(0, 8, 16).any { abs((one shr it and 0xFF) - (other shr it and 0xFF)) > 40 }
        }
        return far < places.size / 50
    }

    @Test
    fun activityDestroyedBeforeStartBindsNoCamera() {
        Robolectric.buildActivity(activityClass("MainActivity")).create().destroy()
        settle()
        assertEquals(CameraSelector.LENS_FACING_UNKNOWN, FakeCamera.boundLens())
        val activity = launch().get()
        show(bitmap(pictures().first()))
        assertSees(expected(pictures().first()), activity, "the next one")
    }

    private fun assertBoxesLieOver(picture: Picture, activity: Activity, fills: Boolean) {
        val overlay = activity.overlay
        val preview = activity.view<PreviewView>("preview")
        assertEquals(placeOf(preview), placeOf(overlay))
        assertEquals(fills, preview.scaleType == PreviewView.ScaleType.FILL_CENTER)
        val place = placeOf(picture, overlay, fills)
        val (left, top) = place.left to place.top
        val scale = place.width() / picture.width
        val boxes = expected(picture)
        val drawn = drawnBy(overlay)
        assertEquals(boxes.size, drawn.boxes.size)
        for (box in boxes) {
            val wanted = RectF(
                left + box.x1 * scale,
                top + box.y1 * scale,
                left + box.x2 * scale,
                top + box.y2 * scale
            )
            assertTrue("$wanted in ${drawn.boxes}", drawn.boxes.any { isNear(it, wanted, scale) })
        }
        for (box in boxes) {
            if ((box.x1 + box.x2) / 2 * scale !in -left..overlay.width - left) continue // its label may be cut off
            val name = THE_MODEL.classNames[box.classId]
            assertTrue("$name in ${drawn.texts}", drawn.texts.any { it.startsWith(name) })
        }
    }

    @Test
    fun frontCameraBoxesAreMirrored() {
        val activity = launch().get()
        awaitReady(activity)
        activity.press("switch_camera")
        await("the front camera is used") { FakeCamera.boundLens() == CameraSelector.LENS_FACING_FRONT }
        val picture = pictures().first()
        show(bitmap(picture))
        val boxes = expected(picture)
        assertSees(boxes, activity, "the front camera") // in pixels of the unmirrored picture
        val overlay = activity.overlay
        val place = placeOf(picture, overlay)
        val (right, top) = place.right to place.top
        val scale = place.width() / picture.width
        for (box in boxes) {
            val wanted = RectF(
                right - box.x2 * scale,
                top + box.y1 * scale,
                right - box.x1 * scale,
                top + box.y2 * scale
            )
            assertTrue("$wanted", drawnBy(overlay).boxes.any { isNear(it, wanted, scale) })
        }
        screenshot(activity, "front-camera")
    }

    @Test
    fun confidenceSliderFiltersTheDetections() {
        val activity = launch().get()
        val picture = pictures().maxBy { expected(it).size }
        val best = expected(picture).first().score
        activity.slider("confidence").progress = 100
        show(bitmap(picture))
        assertEquals(0, detections(activity).size)
        assertEquals("", activity.overlay.contentDescription.toString())
        assertEquals("1.00", activity.value("confidence"))
        activity.slider("confidence").progress = (best * 100).toInt() - 1
        show(bitmap(picture))
        assertTrue(detections(activity).size in 1..expected(picture).size)
    }

    @Test
    fun torchButtonSwitchesTheTorchAndIsHiddenForTheFrontCamera() {
        val activity = launch().get()
        awaitReady(activity)
        assertEquals(activity.string("torch_on"), activity.view<View>("torch").contentDescription)
        activity.press("torch")
        assertTrue(FakeCamera.torch)
        assertEquals(activity.string("torch_off"), activity.view<View>("torch").contentDescription)
        activity.press("torch")
        assertFalse(FakeCamera.torch)
        activity.press("switch_camera") // the front camera has none
        settle()
        assertFalse(activity.view<View>("torch").isShown)
    }

    @Test
    fun recreationKeepsTheCameraAndItsTorchOn() {
        val controller = launch()
        awaitReady(controller.get())
        controller.get().press("torch")
        controller.recreate()
        settle()
        assertEquals("the camera was bound once", 1, FakeCamera.binds)
        assertTrue(FakeCamera.torch)
        assertEquals(
            controller.get().string("torch_off"),
            controller.get().view<View>("torch").contentDescription
        )
        val picture = pictures().first()
        show(bitmap(picture))
        assertSees(expected(picture), controller.get(), "after a turn")
        assertTrue("the new screen shows it", controller.get().view<PreviewView>("preview").bitmap != null)
        controller.pause().stop()
        assertFalse("the torch is off in the background", FakeCamera.torch)
    }

    @Test
    fun pinchZoomsUpToTheMaximumAndTapFocuses() {
        val activity = launch().get()
        awaitReady(activity)
        val overlay = activity.overlay
        val (x, y) = overlay.width / 2f to overlay.height / 2f
        touch(overlay, MotionEvent.ACTION_DOWN, x to y)
        touch(overlay, MotionEvent.ACTION_UP, x to y)
        assertEquals(x, FakeCamera.focus!!.x(), 0f)
        assertEquals(y, FakeCamera.focus!!.y(), 0f)
        pass(1)
        val second = MotionEvent.ACTION_POINTER_DOWN or (1 shl MotionEvent.ACTION_POINTER_INDEX_SHIFT)
        touch(overlay, MotionEvent.ACTION_DOWN, x - 100 to y)
        touch(overlay, second, x - 100 to y, x + 100 to y)
        for (step in 1..20) touch(overlay, MotionEvent.ACTION_MOVE, x - 100 - 10 * step to y, x + 100 + 10 * step to y)
        assertTrue("zoomed by ${FakeCamera.zoom}", FakeCamera.zoom > 1.2f)
        for (step in 1..200) touch(overlay, MotionEvent.ACTION_MOVE, x - 300 - 50 * step to y, x + 300 + 50 * step to y)
        assertTrue("as far as it goes: ${FakeCamera.zoom}", FakeCamera.zoom <= FakeCamera.MAX_ZOOM)
    }

    @Test
    fun zoomSurvivesRecreationPauseAndPhotoButNotASwitchOfCameras() {
        FakeCamera.minZoom = 0.5f
        val controller = launch()
        awaitReady(controller.get())
        settle()
        assertEquals(listOf("0.5×", "1×", "2×", "5×"), zooms(controller.get()).map { it.text.toString() })
        zooms(controller.get())[2].performClick()
        settle()
        assertEquals(2f, FakeCamera.zoom, 0f)
        assertEquals(listOf(2), zooms(controller.get()).indices.filter { zooms(controller.get())[it].isSelected })
        assertEquals(
            controller.get().string("zoom_to", "2×"),
            zooms(controller.get())[2].contentDescription
        )
        controller.recreate()
        settle()
        assertEquals("turned", 2f, FakeCamera.zoom, 0f)
        val activity = controller.get()
        assertTrue("on the new screen, too", zooms(activity)[2].isSelected)
        controller.pause().stop()
        assertEquals("a camera that closes forgets it", 1f, FakeCamera.zoom, 0f)
        controller.restart().start().resume()
        settle()
        assertEquals("after a pause", 2f, FakeCamera.zoom, 0f)
        open(activity, png(bitmap(pictures().first())))
        awaitSeen(activity)
        assertFalse("a photo has no lenses", activity.view<View>("zooms").isShown)
        activity.press("close_photo")
        settle()
        assertEquals("bound again", 2f, FakeCamera.zoom, 0f)
        assertTrue(activity.view<View>("zooms").isShown)
        activity.press("switch_camera")
        settle()
        assertEquals("another camera", 1f, FakeCamera.zoom, 0f)
        assertTrue(zooms(activity)[1].isSelected)
    }

    private fun zooms(activity: Activity) =
        activity.view<ViewGroup>("zooms").let { row -> List(row.childCount) { row.getChildAt(it) as TextView } }

    @Test
    fun cameraInUseShowsAMessageUntilItIsFree() {
        val activity = launch().get()
        awaitReady(activity)
        val picture = pictures().maxBy { expected(it).size }
        show(bitmap(picture))
        assertSees(expected(picture), activity, "before")
        FakeCamera.setState(
            CameraState.create(CameraState.Type.CLOSED, CameraState.StateError.create(CameraState.ERROR_CAMERA_IN_USE))
        )
        awaitMessage(activity, activity.string("camera_in_use"))
        await("no boxes are left") { activity.overlay.contentDescription.toString() == "" }
        FakeCamera.setState(CameraState.create(CameraState.Type.OPEN))
        await("nothing is said any more") { !activity.view<View>("message").isShown }
    }

    private fun isNear(a: RectF, b: RectF, tolerance: Float) = listOf(
        a.left - b.left,
        a.top - b.top,
        a.right - b.right,
        a.bottom - b.bottom
    )
        .all { kotlin.math.abs(it) <= tolerance }

    private fun drawnBy(view: View) = Recorder(view.width, view.height).also(view::draw)

    private class Recorder(width: Int, height: Int) :
        Canvas(Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888)) {
        val boxes = mutableListOf<RectF>()
        val texts = mutableListOf<String>()

        override fun drawRect(left: Float, top: Float, right: Float, bottom: Float, paint: Paint) {
            boxes += RectF(left, top, right, bottom)
            super.drawRect(left, top, right, bottom, paint)
        }

        override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
            texts += text
            super.drawText(text, x, y, paint)
        }
    }

    private companion object {
        const val BAND = 8 // pixels
    }
}
