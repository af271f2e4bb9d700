package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Color
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.RgbaPixels
import edgegen.toOpaque
import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertSame
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.PixelView

@RunWith(AndroidJUnit4::class)
class RgbaPixelsTest {
    /** A camera's rows may be longer than its pictures are wide, and its pixels may be called transparent. */
    @Test
    fun frameIsCopiedIntoABitmap() {
        val bytes = ByteBuffer.allocateDirect(ROW + 2 * BYTES)
        for (i in 0 until bytes.capacity()) bytes.put(i, if (i % BYTES == 3) 0 else (200 + i).toByte())
        bytes.position(5)
        val view = PixelView(bytes, width = 2, height = 2, ROW)
        val bitmap = createBitmap(2, 2)
        view.copyTo(bitmap)
        for (y in 0..1) {
            for (x in 0..1) {
                val at = 200 + y * ROW + x * BYTES
                assertEquals("$x, $y", Color.rgb(at, at + 1, at + 2), bitmap.getPixel(x, y))
            }
        }
        assertEquals("left as it was", 5, bytes.position())
    }

    /** Files with more than 8 bits a channel are decoded to such bitmaps. */
    @Test
    fun deepBitmapIsRejectedUntilItIsConverted() {
        val deep = createBitmap(3, 2, Bitmap.Config.RGBA_F16).apply { eraseColor(Color.rgb(200, 100, 50)) }
        assertThrows(IllegalArgumentException::class.java) { RgbaPixels(deep) }
        val bitmap = deep.toOpaque()!!
        assertTrue(deep.isRecycled)
        val view = RgbaPixels(bitmap).apply { read() }.view()
        assertEquals("3 x 2, 12", "${view.width} x ${view.height}, ${view.bytesPerRow}")
        for (at in 0 until 3 * 2 * BYTES step BYTES) {
            val seen = List(BYTES) { view.pixels.get(at + it).toInt() and 0xFF }
            assertEquals("at $at", listOf(200, 100, 50, 255), seen)
        }
        assertSame("nothing to convert", bitmap, bitmap.toOpaque())
    }

    private companion object {
        const val BYTES = 4
        const val ROW = 3 * BYTES
    }
}
