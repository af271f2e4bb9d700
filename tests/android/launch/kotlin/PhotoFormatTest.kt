package launch

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ColorSpace
import android.graphics.Matrix
import android.widget.ImageView
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.zip.CRC32
import java.util.zip.DeflaterOutputStream
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

/** Tests of picture files: formats, EXIF orientations, depths and damage. */
class PhotoFormatTest : LaunchTestBase() {
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

    private fun assertLooksLike(upright: Bitmap, view: ImageView, about: String) {
        val drawn = Bitmap.createBitmap(upright.width, upright.height, Bitmap.Config.ARGB_8888)
        view.drawable.setBounds(0, 0, upright.width, upright.height)
        view.drawable.draw(android.graphics.Canvas(drawn))
        val different = differingShare(upright, drawn)
        assertTrue("$about: $different of the pixels differ", different < 0.05)
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
