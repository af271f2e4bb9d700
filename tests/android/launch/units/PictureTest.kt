package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Color
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.ExifOrientation
import edgegen.Picture
import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection
import vision.PixelView
import vision.VisionResult

/** A picture of 5 x 3 pixels is stored in each orientation. Its pixels have the letters a to o. */
@RunWith(AndroidJUnit4::class)
class PictureTest {
    private val stored = listOf("abcde", "fghij", "klmno")
    private val plain = Picture(frame(stored, rotation = 0))

    @Test
    fun cropOfAFrameIsUprightForEachRotation() {
        for (orientation in ExifOrientation.entries) {
            val picture = Picture(frame(stored, orientation.rotation, orientation.mirrored))
            assertCrops("$orientation", turned(orientation.rotation, orientation.mirrored), picture)
        }
    }

    @Test
    fun cropOfAPhotoIsUprightForEachOrientation() {
        for (orientation in ExifOrientation.entries) {
            val picture = Photo(bitmap(), orientation).picture()
            assertCrops("$orientation", turned(orientation.rotation, orientation.mirrored), picture)
        }
    }

    /** The screen shows it mirrored. */
    @Test
    fun cropOfAFrozenFrameOfTheFrontCameraIsNotMirrored() {
        for (rotation in listOf(0, 90, 180, 270)) {
            val picture = Photo(bitmap(), ExifOrientation.of(rotation, mirrored = true), isMirrored = true).picture()
            assertCrops("$rotation", turned(rotation, isMirrored = false), picture)
        }
    }

    @Test
    fun cropHasThePixelsThatABoxTouches() {
        assertEquals(listOf("gh"), letters(plain.crop(1f, 1f, 3f, 2f)))
        assertEquals(listOf("bcd", "ghi"), letters(plain.crop(1.9f, 0.1f, 3.1f, 1.1f)))
        assertEquals(listOf("m"), letters(plain.crop(2.4f, 2.4f, 2.6f, 2.6f)))
        val box = Detection(x1 = 3f, y1 = 0f, x2 = 5f, y2 = 2f, score = 1f, classId = 0)
        assertEquals(listOf("de", "ij"), letters(plain.crop(box)))
    }

    @Test
    fun cropIsCutAtTheBorders() {
        assertEquals(listOf("a"), letters(plain.crop(-7f, -0.5f, 0.5f, 1f)))
        assertEquals(listOf("no"), letters(plain.crop(3f, 2f, 1e9f, 1e9f)))
        assertEquals(stored, letters(plain.crop(-1e30f, -1e30f, 1e30f, Float.POSITIVE_INFINITY)))
    }

    @Test
    fun emptyCropIsNull() {
        val half = 2.5f // a pixel's middle: rounded, such a box would have one
        assertNull("no width", plain.crop(half, 0f, half, 3f))
        assertNull("no height", plain.crop(0f, half, 3f, half))
        assertNull("no size", plain.crop(3f, 2f, 1f, 1f))
        assertNull("left of it", plain.crop(-9f, 0f, -1f, 3f))
        assertNull("right of it", plain.crop(5f, 0f, 9f, 3f))
        assertNull("below it", plain.crop(0f, 3f, 5f, 9f))
        for (i in 0..3) {
            val (x1, y1, x2, y2) = floatArrayOf(1f, 1f, 3f, 3f).also { it[i] = Float.NaN }
            assertNull("number $i is none", plain.crop(x1, y1, x2, y2))
        }
    }

    /** The camera reuses its memory. */
    @Test
    fun pictureCannotBeUsedAfterTheProcessor() {
        val result = VisionResult.Boxes(width = 5, height = 3, boxes = emptyList())
        LazyProcessor().process(result, plain, listOf("a"))
        assertThrows(IllegalStateException::class.java) { plain.crop(0f, 0f, 1f, 1f) }
    }

    /** A crop that covers a photo must not be the photo, which a processor may draw on. */
    @Test
    fun cropOfAllIsACopy() {
        val bitmap = bitmap()
        for (picture in listOf(Photo(bitmap, ExifOrientation.NORMAL).picture(), Picture(frame(stored, 0)))) {
            picture.crop(0f, 0f, 5f, 3f)!!.setPixel(0, 0, colorOf('z'))
            assertEquals(stored, letters(bitmap))
            assertEquals(stored, letters(picture.crop(0f, 0f, 5f, 3f)))
        }
    }

    /** All of the picture, and a part that is not in the middle. */
    private fun assertCrops(about: String, upright: List<String>, picture: Picture) {
        val (width, height) = upright[0].length to upright.size
        assertEquals(about, "$width x $height", "${picture.width} x ${picture.height}")
        assertEquals(about, upright, letters(picture.crop(0f, 0f, width.toFloat(), height.toFloat())))
        assertEquals(about, upright.drop(1).map { it.take(2) }, letters(picture.crop(0f, 1f, 2f, 9f)))
    }

    /** Rotated clockwise, then flipped, as [ExifOrientation] says. */
    private fun turned(rotation: Int, isMirrored: Boolean): List<String> {
        var rows = stored
        repeat(rotation / 90) {
            rows = rows[0].indices.map { x -> rows.asReversed().joinToString("") { row -> "${row[x]}" } }
        }
        return if (isMirrored) rows.map { it.reversed() } else rows
    }

    /** As a camera has it: rows are padded, pixels may be called transparent, the last row ends with its last pixel. */
    private fun frame(rows: List<String>, rotation: Int, mirrored: Boolean = false): PixelView {
        val width = rows[0].length
        val row = 4 * width + PADDING
        val bytes = ByteBuffer.allocateDirect(row * (rows.size - 1) + 4 * width)
        for (i in 0 until bytes.capacity()) bytes.put(i, PADDED)
        rows.forEachIndexed { y, letters ->
            letters.forEachIndexed { x, letter ->
                val color = colorOf(letter)
                val channels = listOf(Color.red(color), Color.green(color), Color.blue(color), 0)
                channels.forEachIndexed { c, value -> bytes.put(y * row + 4 * x + c, value.toByte()) }
            }
        }
        return PixelView(bytes, width, rows.size, row, rotation, mirrored)
    }

    private fun bitmap(): Bitmap = createBitmap(stored[0].length, stored.size).apply {
        for (y in 0 until height) for (x in 0 until width) setPixel(x, y, colorOf(stored[y][x]))
    }

    private fun letters(bitmap: Bitmap?): List<String> = List(bitmap!!.height) { y ->
        String(CharArray(bitmap.width) { x -> LETTERS.find { colorOf(it) == bitmap.getPixel(x, y) } ?: '?' })
    }

    private fun colorOf(letter: Char) = Color.rgb(200, 100 + 5 * (letter - 'a'), 250 - 7 * (letter - 'a'))

    private companion object {
        const val PADDING = 12 // bytes
        const val PADDED: Byte = 77
        val LETTERS = 'a'..'z'
    }
}
