package edgegen

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.media.ExifInterface
import java.io.ByteArrayInputStream
import java.io.IOException
import java.nio.ByteBuffer
import kotlin.math.max
import kotlin.math.min

/** How a stored photo becomes upright: it is rotated clockwise by [rotation] degrees, then flipped if [mirrored]. */
enum class ExifOrientation(val tag: Int, val rotation: Int, val mirrored: Boolean) {
    NORMAL(ExifInterface.ORIENTATION_NORMAL, 0, false),
    FLIP_HORIZONTAL(ExifInterface.ORIENTATION_FLIP_HORIZONTAL, 0, true),
    ROTATE_180(ExifInterface.ORIENTATION_ROTATE_180, 180, false),
    FLIP_VERTICAL(ExifInterface.ORIENTATION_FLIP_VERTICAL, 180, true),
    TRANSPOSE(ExifInterface.ORIENTATION_TRANSPOSE, 90, true),
    ROTATE_90(ExifInterface.ORIENTATION_ROTATE_90, 90, false),
    TRANSVERSE(ExifInterface.ORIENTATION_TRANSVERSE, 270, true),
    ROTATE_270(ExifInterface.ORIENTATION_ROTATE_270, 270, false)
    ;

    /** Whether width and height are exchanged. */
    val swapsSides get() = rotation % 180 != 0

    companion object {
        /** An unknown tag counts as upright, as in every gallery. */
        fun of(tag: Int) = entries.find { it.tag == tag } ?: NORMAL

        fun of(rotation: Int, mirrored: Boolean) = entries.first { it.rotation == rotation && it.mirrored == mirrored }
    }
}

/** The end of a picture's file is missing. */
class CutPictureException : IOException("the end of the file is missing")

/**
 * What Android's decoder leaves out of a picture's file: how it is turned, and whether its end is missing. PyTorch's reader
 * takes no cut pictures; Android's fills them up without an error.
 */
class PictureFile(private val bytes: ByteArray) {
    private val isJpeg = byteAt(0) == FILL && byteAt(1) == START_OF_IMAGE
    private val isPng = textAt(1) == "PNG\r"
    private val isWebp = textAt(0) == "RIFF" && textAt(WORD * 2) == "WEBP"
    private val isHeif = textAt(WORD) == "ftyp" // AVIF, too

    /** False where the file says that there should be more of it. */
    val isWhole: Boolean
        get() = when {
            isJpeg -> hasEndOfImage()
            isPng -> pngChunk("IEND") != null
            isWebp -> WORD * 2 + littleAt(WORD) <= bytes.size
            isHeif -> hasWholeBoxes()
            else -> true
        }

    val orientation: ExifOrientation
        get() {
            // Older versions of Android read EXIF of JPEG and HEIF only
            val exif = when {
                isPng -> pngChunk("eXIf")
                isWebp -> webpExif()
                else -> null
            }
            val file = if (exif == null) bytes else inJpeg(exif)
            val tag = try {
                ExifInterface(ByteArrayInputStream(file))
                    .getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_UNDEFINED)
            } catch (_: IOException) { // no EXIF in this kind of file
                ExifInterface.ORIENTATION_UNDEFINED
            }
            return ExifOrientation.of(tag)
        }

    /**
     * Returns the stored pixels, opaque and not turned; null: Android cannot decode them. A picture above
     * [LONGEST_SIDE] is halved until it fits. Throws [CutPictureException].
     */
    fun decode(): Bitmap? {
        // Colours as they are in the file, transparent or not: PyTorch's reader ignores alpha
        val options = BitmapFactory.Options().apply {
            inPreferredConfig = Bitmap.Config.ARGB_8888
            inPremultiplied = false
            inMutable = true
            inJustDecodeBounds = true
        }
        decode(options)
        if (options.outWidth <= 0 || options.outHeight <= 0) return null
        if (!isWhole) throw CutPictureException()
        options.inJustDecodeBounds = false
        options.inSampleSize = sampleSize(options.outWidth, options.outHeight)
        return decode(options)?.toOpaque()
    }

    private fun decode(options: BitmapFactory.Options) = BitmapFactory.decodeByteArray(bytes, 0, bytes.size, options)

    /** Behind the header no marker is part of the data. The header is skipped: its thumbnail has an end of its own. */
    private fun hasEndOfImage(): Boolean {
        var at = 2
        while (byteAt(at) == FILL && byteAt(at + 1) != START_OF_SCAN) {
            val isFilled = byteAt(at + 1) == FILL // any number of these may come before a marker
            at += if (isFilled) 1 else 2 + (byteAt(at + 2) shl Byte.SIZE_BITS) + byteAt(at + WORD - 1)
        }
        return (bytes.size - 2 downTo at).any { byteAt(it) == FILL && byteAt(it + 1) == END_OF_IMAGE }
    }

    private fun hasWholeBoxes(): Boolean {
        var at = 0L
        while (at + WORD <= bytes.size) {
            val size = bigAt(at.toInt())
            if (size == 0L) return true // up to the end of the file
            at += if (size == 1L) bigAt(at.toInt() + WORD * 3).coerceAtLeast(1) else size // of 64 bits the lower ones
        }
        return at <= bytes.size
    }

    /** The content of the first chunk of this kind; null: it is not there, or not all of it. */
    private fun pngChunk(name: String): ByteArray? {
        var at = PNG_HEADER
        while (at + WORD * 2 <= bytes.size) {
            val start = at.toInt() + WORD * 2
            val end = start + bigAt(at.toInt())
            if (end + WORD > bytes.size) return null
            if (textAt(at.toInt() + WORD) == name) return bytes.copyOfRange(start, end.toInt())
            at = end + WORD
        }
        return null
    }

    private fun webpExif(): ByteArray? {
        var at = WORD * 3L
        while (at + WORD * 2 <= bytes.size) {
            val start = at.toInt() + WORD * 2
            val size = littleAt(at.toInt() + WORD)
            if (start + size > bytes.size) return null
            if (textAt(at.toInt()) == "EXIF") {
                val prefix = if (textAt(start) == "Exif") EXIF.size else 0
                return bytes.copyOfRange(start + prefix, maxOf(start + size.toInt(), start + prefix))
            }
            at = start + size + size % 2
        }
        return null
    }

    /** A JPEG file that has nothing but this EXIF. */
    private fun inJpeg(exif: ByteArray): ByteArray {
        val part = exif.copyOf(min(exif.size, MOST_EXIF)) // the orientation is at its beginning
        return ByteBuffer.allocate(WORD * 2 + EXIF.size + part.size)
            .putInt(EXIF_COMES)
            .putShort((2 + EXIF.size + part.size).toShort())
            .put(EXIF)
            .put(part)
            .putShort(IMAGE_ENDS)
            .array()
    }

    private fun byteAt(at: Int) = if (at in bytes.indices) bytes[at].toInt() and FILL else 0

    private fun textAt(at: Int) = String(CharArray(WORD) { byteAt(at + it).toChar() })

    private fun bigAt(at: Int) = number(at until at + WORD)

    private fun littleAt(at: Int) = number(at + WORD - 1 downTo at)

    private fun number(places: IntProgression) =
        places.fold(0L) { sum, at -> sum shl Byte.SIZE_BITS or byteAt(at).toLong() }

    companion object {
        /** Pixels. Smaller photos are analyzed in full, as PyTorch does. Larger ones are halved: they need too much memory. */
        const val LONGEST_SIDE = 4096

        private const val WORD = 4 // bytes
        private const val PNG_HEADER = 8L
        private const val FILL = 0xFF
        private const val START_OF_IMAGE = 0xD8
        private const val END_OF_IMAGE = 0xD9
        private const val START_OF_SCAN = 0xDA
        private const val EXIF_COMES = 0xFFD8_FFE1.toInt() // start of image, application segment 1
        private const val IMAGE_ENDS = 0xFFD9.toShort()
        private const val MOST_EXIF = 65_000
        private val EXIF = byteArrayOf(0x45, 0x78, 0x69, 0x66, 0, 0)

        /** A power of two: the decoder then never holds the whole picture. */
        fun sampleSize(width: Int, height: Int): Int {
            var size = 1
            while (max(width, height) / size > LONGEST_SIDE) size *= 2
            return size
        }
    }
}
