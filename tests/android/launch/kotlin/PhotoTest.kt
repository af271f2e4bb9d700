package launch

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ColorSpace
import android.graphics.Matrix
import android.view.View
import android.widget.ImageView
import androidx.activity.ComponentActivity
import androidx.camera.core.CameraSelector
import androidx.camera.core.SurfaceRequest
import androidx.camera.fake.FakeCamera
import androidx.camera.view.PreviewView
import java.io.ByteArrayOutputStream
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.Collections
import java.util.concurrent.CountDownLatch
import java.util.zip.CRC32
import java.util.zip.DeflaterOutputStream
import org.example.shapes.GalleryTest
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowToast
import vision.THE_MODEL
import vision.parity.GoldenVectors

/** Tests of photos from the gallery, and of pictures shared with other apps. */
class PhotoTest : LaunchTestBase() {
    @Test
    fun photoShowsPyTorchsBoxesAndPausesTheCamera() {
        val activity = launch().get()
        awaitReady(activity)
        val picture = pictures().first()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        assertSees(expected(picture), activity, "a photo")
        assertEquals("the camera rests", 0, FakeCamera.show(bitmap(picture)))
        screenshot(activity, "photo")
    }

    @Test
    fun photoIsShownAgainAfterTheActivityIsRecreated() {
        val first = launch()
        val picture = pictures().first()
        open(first.get(), png(bitmap(picture)))
        awaitSeen(first.get())
        first.recreate()
        awaitSeen(first.get())
        assertSees(expected(picture), first.get(), "after turning the phone")
    }

    @Test
    fun backButtonReturnsFromThePhotoToTheCamera() {
        val activity = launch().get()
        open(activity, png(bitmap(pictures().first())))
        awaitSeen(activity)
        (activity as ComponentActivity).onBackPressedDispatcher.onBackPressed()
        settle()
        assertFalse(activity.isFinishing)
        assertFalse(activity.view<View>("picture").isShown)
        assertEquals("", activity.overlay.contentDescription.toString())
        show(bitmap(pictures().last()))
        assertSees(expected(pictures().last()), activity, "back at the camera")
    }

    @Test
    fun jpegIsShownUprightForEachExifOrientation() {
        val activity = launch().get()
        val picture = pictures().first()
        val upright = bitmap(picture)
        for (orientation in 1..8) {
            open(activity, withOrientation(jpeg(stored(upright, orientation)), orientation))
            awaitSeen(activity)
            val shown = activity.view<ImageView>("picture").drawable
            assertEquals("$orientation", upright.width, shown.intrinsicWidth)
            assertEquals("$orientation", upright.height, shown.intrinsicHeight)
            assertSees(expected(picture), activity, "EXIF $orientation", corner = 4f, score = 0.2f) // JPEG is lossy
            assertLooksLike(upright, activity.view("picture"), "EXIF $orientation")
        }
    }

    /** The decoders ignore the orientation, and older versions of Android read EXIF only in JPEG files. */
    @Test
    fun webpAndPngAreShownUprightForEachExifOrientation() {
        val activity = launch().get()
        val picture = pictures().first()
        val upright = bitmap(picture)
        for (orientation in 1..8) {
            val (png, webp) = stored(upright, orientation).let { png(it) to compressed(it, Bitmap.CompressFormat.WEBP) }
            val files = mapOf(
                "PNG" to withPngExif(png, tiff(orientation)),
                "WebP" to withWebpExif(webp, upright, tiff(orientation)),
                "WebP with a prefix" to withWebpExif(webp, upright, EXIF + tiff(orientation))
            )
            for ((kind, file) in files) {
                open(activity, file)
                awaitSeen(activity)
                val shown = activity.view<ImageView>("picture").drawable
                assertEquals("$kind, $orientation", upright.width, shown.intrinsicWidth)
                assertEquals("$kind, $orientation", upright.height, shown.intrinsicHeight)
                assertLooksLike(upright, activity.view("picture"), "$kind, EXIF $orientation")
                if (kind == "PNG") assertSees(expected(picture), activity, "$kind, EXIF $orientation")
            }
        }
    }

    /** PyTorch's reader rejects such a file; Android's decoder fills it up silently. */
    @Test
    fun truncatedPictureShowsAMessage() {
        val activity = launch().get()
        awaitReady(activity)
        val picture = bitmap(pictures().first())
        val files = listOf(jpeg(picture), png(picture), compressed(picture, Bitmap.CompressFormat.WEBP))
        val thumbnail = jpeg(Bitmap.createScaledBitmap(picture, 32, 32, true))
        for (whole in files + listOf(withOrientation(jpeg(picture), 6, thumbnail))) {
            for (left in listOf(whole.size - 1, whole.size - 2, whole.size - 12, whole.size * 7 / 10)) {
                open(activity, whole.copyOf(left))
                awaitMessage(activity, activity.string("photo_cut"))
                activity.press("message_action")
                awaitReady(activity)
            }
            open(activity, whole + ByteArray(5)) // bytes after the end are ignored
            awaitSeen(activity)
            activity.press("close_photo")
        }
    }

    @Test
    fun transparentWideGamutAnd16BitPhotosKeepTheirColours() {
        val activity = launch().get()
        val picture = pictures().first()
        val transparent = bitmap(picture).copy(Bitmap.Config.ARGB_8888, true).apply {
            isPremultiplied = false
            setHasAlpha(true)
            val row = IntArray(width)
            for (y in 0 until height) {
                getPixels(row, 0, width, 0, y, width, 1)
                for (x in row.indices) row[x] = row[x] and 0xFFFFFF or (if (x < width / 2) 0 else 0x30000000)
                setPixels(row, 0, width, 0, y, width, 1)
            }
        }
        open(activity, png(transparent))
        awaitSeen(activity)
        assertSees(expected(picture), activity, "a transparent one")
        assertLooksLike(bitmap(picture), activity.view("picture"), "a transparent one")
        val wide = bitmap(picture).copy(Bitmap.Config.ARGB_8888, true)
        wide.setColorSpace(ColorSpace.get(ColorSpace.Named.DISPLAY_P3))
        open(activity, png(wide))
        awaitSeen(activity)
        assertSees(expected(picture), activity, "of another colour space")
        for (alpha in listOf(null, 0, 0xFFFF)) {
            val deep = deepPng(bitmap(picture), alpha)
            val decoded = BitmapFactory.decodeByteArray(deep, 0, deep.size)
            assertEquals("a file of more bits", Bitmap.Config.RGBA_F16, decoded.config)
            open(activity, deep)
            awaitSeen(activity)
            assertSees(expected(picture), activity, "of 16 bits, alpha $alpha")
            assertLooksLike(bitmap(picture), activity.view("picture"), "of 16 bits, alpha $alpha")
        }
    }

    @Test
    fun hugePhotoIsDownsampled() {
        val activity = launch().get()
        val picture = pictures().first()
        val huge = Bitmap.createScaledBitmap(bitmap(picture), 6000, 8000, true)
        val bytes = jpeg(huge)
        huge.recycle()
        open(activity, bytes)
        awaitSeen(activity)
        val shown = activity.view<ImageView>("picture").drawable
        assertTrue("${shown.intrinsicHeight}", shown.intrinsicHeight in 2048..4096)
        assertTrue(detections(activity).size > 0)
        val shared = share(activity)
        assertEquals("a copy of less memory", 1920 to 2560, shared.width to shared.height)
    }

    @Test
    fun unreadableFileShowsAMessageAndTheCameraGoesOn() {
        val activity = launch().get()
        awaitReady(activity)
        for (bytes in listOf(ByteArray(0), "no picture".toByteArray(), jpeg(bitmap(pictures().first())).copyOf(200))) {
            open(activity, bytes)
            awaitMessage(activity, activity.string("photo_unreadable"))
        }
        screenshot(activity, "photo-unreadable")
        activity.press("message_action")
        show(bitmap(pictures().first()))
        assertSees(expected(pictures().first()), activity, "the camera goes on")
    }

    @Test
    fun photoOpensWithoutACamera() {
        FakeCamera.reset()
        val activity = launch().get()
        val picture = pictures().first()
        open(activity, png(bitmap(picture)))
        awaitSeen(activity)
        assertSees(expected(picture), activity, "without a camera")
        assertFalse(activity.view<View>("message").isShown)
    }

    @Test
    fun messageWithoutACameraOffersSamplePictures() {
        FakeCamera.reset()
        val activity = launch().get()
        awaitMessage(activity, activity.string("no_camera"))
        val carried = GoldenVectors.read { application.assets.open("vectors/$it") }
        val samples = carried.clearest().map(carried::picture)
        activity.press("message_action")
        awaitSeen(activity)
        assertTrue("there is something to see", expected(samples[0]).isNotEmpty())
        assertSees(expected(samples[0]), activity, "the first")
        screenshot(activity, "sample")
        choose(activity, "show_sample")
        awaitSeen(activity)
        assertSees(expected(samples[1]), activity, "the second")
        activity.press("close_photo")
        awaitMessage(activity, activity.string("no_camera"))
    }

    @Test
    fun cameraPictureIsSharedWithItsBoxes() {
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture))
        val shared = share(activity)
        assertEquals(picture.width, shared.width)
        assertEquals(picture.height, shared.height)
        assertAnnotated(bitmap(picture), shared)
    }

    @Test
    fun sharedPictureIsTheFrameOfItsBoxesAndNotALaterPreview() {
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture), rotation = 90)
        val own = share(activity)
        // The preview already shows a later frame, which was not analysed yet.
        val preview = activity.view<PreviewView>("preview")
        preview.surfaceProvider.onSurfaceRequested(
            SurfaceRequest(Bitmap.createBitmap(picture.width, picture.height, Bitmap.Config.ARGB_8888), false)
        )
        val shared = share(activity)
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
        assertAnnotated(mirrored, share(activity))
    }

    @Test
    fun secondShareKeepsTheFileOfTheFirst() {
        val activity = launch().get()
        show(bitmap(pictures().first()))
        share(activity)
        share(activity)
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
        val shared = share(activity)
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
        val shared = share(activity)
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

    @Test
    fun photoReadAfterTheActivityIsDestroyedIsNotAnalysed() {
        val first = launch()
        awaitReady(first.get())
        val isLeft = CountDownLatch(1)
        open(first.get(), png(bitmap(pictures().first())), isLeft::await)
        first.pause().stop().destroy()
        val calls = Collections.synchronizedList(mutableListOf<String>())
        Calls.listener = { calls += it }
        try {
            isLeft.countDown()
            awaitReady(launch().get())
            show(bitmap(pictures().first()))
        } finally {
            Calls.listener = null
        }
        assertEquals("the second screen: loaded, tried, one frame", listOf("load", "execute", "execute"), calls)
    }

    @Test
    fun photoThatLoadsSlowlyCanBeClosed() {
        val activity = launch().get()
        awaitReady(activity)
        val picture = pictures().last()
        val giveUp: List<() -> Unit> = listOf(
            { activity.press("message_action") },
            { (activity as ComponentActivity).onBackPressedDispatcher.onBackPressed() }
        )
        for (close in giveUp) {
            val isHandedOver = CountDownLatch(1)
            try {
                open(activity, png(bitmap(pictures().first())), isHandedOver::await)
                awaitMessage(activity, activity.string("photo_opening"))
                close()
                awaitReady(activity)
                show(bitmap(picture)) // the detector does not wait for the photo
                assertSees(expected(picture), activity, "the camera goes on")
            } finally {
                isHandedOver.countDown()
            }
            await("the photo has been read") { threads("photo").isEmpty() }
            settle()
            assertFalse("it comes too late", activity.view<View>("picture").isShown)
            assertFalse(activity.isFinishing)
        }
    }

    private fun share(activity: Activity): Bitmap {
        while (shadowOf(activity).nextStartedActivity != null) continue
        choose(activity, "share")
        return awaitShared(activity, "image/jpeg").use(BitmapFactory::decodeStream)
    }

    /** Asserts that the picture is visible with some pixels drawn over it. */
    private fun assertAnnotated(original: Bitmap, shared: Bitmap) {
        val plain = Bitmap.createScaledBitmap(original, shared.width, shared.height, true)
        val different = differingShare(plain, shared)
        assertTrue("$different of the pixels differ", different in 0.01..0.5)
    }

    private fun assertLooksLike(upright: Bitmap, view: ImageView, about: String) {
        val drawn = Bitmap.createBitmap(upright.width, upright.height, Bitmap.Config.ARGB_8888)
        view.drawable.setBounds(0, 0, upright.width, upright.height)
        view.drawable.draw(android.graphics.Canvas(drawn))
        val different = differingShare(upright, drawn)
        assertTrue("$about: $different of the pixels differ", different < 0.05)
    }

    private fun differingShare(a: Bitmap, b: Bitmap): Double {
        var different = 0
        for (y in 0 until a.height) {
            for (x in 0 until a.width) if (distance(a.getPixel(x, y), b.getPixel(x, y)) > 60) different++
        }
        return different / (a.width * a.height).toDouble()
    }

    private fun distance(a: Int, b: Int) = listOf(0, 8, 16).maxOf {
        kotlin.math.abs((a shr it and 0xFF) - (b shr it and 0xFF))
    }

    /** The picture as a camera stores it with this EXIF orientation. */
    private fun stored(upright: Bitmap, orientation: Int): Bitmap {
        val turn = Matrix()
        if (orientation in listOf(2, 4, 5, 7)) turn.postScale(-1f, 1f)
        turn.postRotate(
            -mapOf(3 to 180f, 4 to 180f, 5 to 90f, 6 to 90f, 7 to 270f, 8 to 270f).getOrDefault(orientation, 0f)
        )
        return Bitmap.createBitmap(upright, 0, 0, upright.width, upright.height, turn, false)
    }

    private fun jpeg(bitmap: Bitmap) = compressed(bitmap, Bitmap.CompressFormat.JPEG)

    private fun tiff(orientation: Int) = byteArrayOf(
        'M'.code.toByte(), 'M'.code.toByte(), 0, 42, 0, 0, 0, 8, // big-endian; the directory is at 8
        0, 1, // one entry
        0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation.toByte(), 0, 0, // orientation, short, one
        0, 0, 0, 0 // no further directory
    )

    private fun withPngExif(png: ByteArray, tiff: ByteArray): ByteArray {
        val chunk = "eXIf".toByteArray() + tiff
        val sum = CRC32().apply { update(chunk) }.value.toInt()
        val exif = ByteBuffer.allocate(chunk.size + 8).putInt(tiff.size).put(chunk).putInt(sum).array()
        return png.copyOf(PNG_HEADER) + exif + png.copyOfRange(PNG_HEADER, png.size)
    }

    /** A PNG with 16 bits per channel, in which both bytes are those of the bitmap. */
    private fun deepPng(bitmap: Bitmap, alpha: Int?): ByteArray {
        fun chunk(content: ByteBuffer) = content.array().let {
            val sum = CRC32().apply { update(it) }.value.toInt()
            ByteBuffer.allocate(it.size + 8).putInt(it.size - 4).put(it).putInt(sum).array()
        }
        val kind = if (alpha == null) 2 else 6 // RGB or RGBA
        val header = ByteBuffer.allocate(17).put("IHDR".toByteArray()).putInt(bitmap.width).putInt(bitmap.height)
            .put(16).put(kind.toByte())
        val rows = ByteBuffer.allocate(bitmap.height * (1 + bitmap.width * (if (alpha == null) 6 else 8)))
        for (y in 0 until bitmap.height) {
            rows.put(0) // unfiltered
            for (x in 0 until bitmap.width) {
                val color = bitmap.getPixel(x, y)
                for (shift in listOf(16, 8, 0)) rows.putShort(((color shr shift and 0xFF) * 257).toShort())
                alpha?.let { rows.putShort(it.toShort()) }
            }
        }
        val data = ByteArrayOutputStream().apply { DeflaterOutputStream(this).use { it.write(rows.array()) } }
        val pixels = ByteBuffer.wrap("IDAT".toByteArray() + data.toByteArray())
        return PNG_SIGNATURE + chunk(header) + chunk(pixels) + chunk(ByteBuffer.wrap("IEND".toByteArray()))
    }

    /** Adds EXIF to [webp], which may have a single chunk without an extended header. */
    private fun withWebpExif(webp: ByteArray, upright: Bitmap, tiff: ByteArray): ByteArray {
        fun chunk(name: String, content: ByteArray) = ByteBuffer.allocate(8 + content.size + content.size % 2)
            .order(ByteOrder.LITTLE_ENDIAN).put(name.toByteArray()).putInt(content.size).put(content).array()
        val isTurned = ByteBuffer.wrap(tiff).getShort(tiff.size - 8).toInt() > 4
        val (width, height) = if (isTurned) upright.height to upright.width else upright.width to upright.height
        val canvas = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putInt(8) // flag: has EXIF
            .putShort((width - 1).toShort()).put(0).putShort((height - 1).toShort()).put(0).array()
        val parts = if (String(webp, 12, 4) == "VP8X") {
            webp.copyOfRange(12, webp.size).also { it[8] = (it[8].toInt() or 8).toByte() }
        } else {
            chunk("VP8X", canvas) + webp.copyOfRange(12, webp.size)
        }
        return chunk("RIFF", "WEBP".toByteArray() + parts + chunk("EXIF", tiff))
    }

    /** Inserts an EXIF segment with one tag after the file's first marker. */
    private fun withOrientation(jpeg: ByteArray, orientation: Int, thumbnail: ByteArray = ByteArray(0)): ByteArray {
        val exif = EXIF + tiff(orientation) + thumbnail
        val size = exif.size + 2
        val segment = byteArrayOf(0xFF.toByte(), 0xE1.toByte(), (size shr 8).toByte(), size.toByte()) + exif
        return jpeg.copyOf(2) + segment + jpeg.copyOfRange(2, jpeg.size)
    }

    private companion object {
        val PNG_SIGNATURE = byteArrayOf(-119, 80, 78, 71, 13, 10, 26, 10)
        const val PNG_HEADER = 33 // bytes: signature and first chunk
        val EXIF = "Exif".toByteArray() + byteArrayOf(0, 0)
    }
}
