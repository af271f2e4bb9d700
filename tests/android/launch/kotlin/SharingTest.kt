package launch

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Matrix
import androidx.camera.core.CameraSelector
import androidx.camera.core.SurfaceRequest
import androidx.camera.fake.FakeCamera
import androidx.camera.view.PreviewView
import java.io.File
import org.example.shapes.GalleryTest
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowToast
import vision.THE_MODEL

/** Tests of pictures and results shared with other apps. */
class SharingTest : LaunchTestBase() {
    @Test
    fun cameraPictureIsSharedWithItsBoxes() {
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture))
        val shared = sharePicture(activity)
        assertEquals(picture.width, shared.width)
        assertEquals(picture.height, shared.height)
        assertAnnotated(bitmap(picture), shared)
    }

    @Test
    fun sharedPictureIsTheFrameOfItsBoxesAndNotALaterPreview() {
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture), rotation = 90)
        val own = sharePicture(activity)
        // The preview already shows a later frame, which was not analysed yet.
        val preview = activity.view<PreviewView>("preview")
        preview.surfaceProvider.onSurfaceRequested(
            SurfaceRequest(Bitmap.createBitmap(picture.width, picture.height, Bitmap.Config.ARGB_8888), false)
        )
        val shared = sharePicture(activity)
        assertTrue("the picture that was looked at", own.sameAs(shared))
        assertAnnotated(bitmap(picture), shared)
    }

    @Test
    fun frontCameraPictureIsSharedMirrored() {
        FakeCamera.reset(CameraSelector.LENS_FACING_FRONT)
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture), rotation = 270)
        val mirror = Matrix().apply { setScale(-1f, 1f) }
        val upright = bitmap(picture)
        val mirrored = Bitmap.createBitmap(upright, 0, 0, upright.width, upright.height, mirror, false)
        assertAnnotated(mirrored, sharePicture(activity))
    }

    @Test
    fun secondShareKeepsTheFileOfTheFirst() {
        val activity = launch().get()
        show(bitmap(pictures().first()))
        sharePicture(activity)
        sharePicture(activity)
        assertEquals(2, File(application.cacheDir, "shared").listFiles()!!.size)
    }

    @Test
    fun gallerySavesTheSharedPictureAndReportsAFailure() {
        val media = Robolectric.setupContentProvider(GalleryTest.Media::class.java, "media")
        media.file = File.createTempFile("kept", ".jpg")
        val activity = launch().get()
        choose(activity, "keep_picture")
        assertEquals(activity.string("nothing_to_share"), ShadowToast.getTextOfLatestToast())
        show(bitmap(pictures().first()))
        val shared = sharePicture(activity)
        choose(activity, "keep_picture")
        await("it is said") { ShadowToast.getTextOfLatestToast() == activity.string("kept") }
        assertTrue("the same", shared.sameAs(BitmapFactory.decodeFile(media.file.path)))
        media.isFull = true
        choose(activity, "keep_picture")
        await("that is said, too") { ShadowToast.getTextOfLatestToast() == activity.string("not_kept") }
    }

    @Test
    fun photoIsSharedWithItsBoxes() {
        FakeCamera.reset(CameraSelector.LENS_FACING_BACK)
        val activity = launch().get()
        val picture = pictures().first()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        val shared = sharePicture(activity)
        assertEquals(picture.width, shared.width)
        assertEquals(picture.height, shared.height)
        assertAnnotated(bitmap(picture), shared)
    }

    @Test
    fun detectionsAreSharedAsJson() {
        val activity = launch().get()
        val picture = pictures().maxBy { expected(it).size }
        choose(activity, "share_json")
        assertNull("nothing is seen yet", shadowOf(activity).peekNextStartedActivity())
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        val seen = detections(activity)
        while (shadowOf(activity).nextStartedActivity != null) continue
        choose(activity, "share_json")
        val json = JSONObject(awaitShared(activity, "application/json").use { it.reader().readText() })
        assertEquals(picture.width, json.getInt("width"))
        val found = json.getJSONArray("detections")
        assertEquals(
            seen.map { it.classId to THE_MODEL.classNames[it.classId] },
            List(found.length()) { found.getJSONObject(it).run { getInt("class_id") to getString("class_name") } }
        )
    }

    /** Asserts that the picture is visible with some pixels drawn over it. */
    private fun assertAnnotated(original: Bitmap, shared: Bitmap) {
        val plain = Bitmap.createScaledBitmap(original, shared.width, shared.height, true)
        val different = differingShare(plain, shared)
        assertTrue("$different of the pixels differ", different in 0.01..0.5)
    }
}
