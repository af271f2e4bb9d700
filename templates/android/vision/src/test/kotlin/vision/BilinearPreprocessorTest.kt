package vision

import java.nio.ByteBuffer
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertSame
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class BilinearPreprocessorTest {
    @Test
    fun `alpha makes no difference`() {
        val rgb = picture(7, 5)
        assertArrayEquals(tensorOf(view(rgb, 7, 5, alpha = 0)), tensorOf(view(rgb, 7, 5, alpha = 99)), 0f)
    }

    @Test
    fun `a tensor is normalised, its border too`() {
        val red = ByteArray(4 * 2 * 3) { if (it % 3 == 0) 10 else 20 } // 4 x 2 pixels
        val normalization = Normalization(scale = 0.5, mean = doubleArrayOf(1.0, 0.0, 0.0), padValue = 100)
        val preprocessor = preprocessor(8, 8, normalization)
        val input = preprocessor.newInput()
        preprocessor.toTensor(view(red, 4, 2), input)
        val tensor = input.values()
        assertEquals(100 * 0.5f - 1, tensor[0], 0f) // the border: 2 rows above and below
        assertEquals(10 * 0.5f - 1, tensor[2 * 8], 0f) // red's plane, first row of the picture
        assertEquals(20 * 0.5f, tensor[64 + 2 * 8], 0f) // green's
    }

    @Test
    fun `an input of int8 has the nearest numbers, its border too`() {
        val red = ByteArray(4 * 2 * 3) { if (it % 3 == 0) 9 else 20 } // 4 x 2 pixels
        val preprocessor = preprocessor(8, 8, Normalization(scale = 0.5, padValue = 255, steps = Steps(0.25f, -100)))
        val input = preprocessor.newInput()
        preprocessor.toTensor(view(red, 4, 2), input)
        val numbers = listOf(0, 2 * 8, 64 + 2 * 8).map { input.bytes.get(it).toInt() }
        assertEquals(listOf(127, 18 - 100, 40 - 100), numbers) // 255 is more than int8 holds
        assertEquals(listOf(227 * 0.25f, 4.5f, 10f), listOf(0, 2 * 8, 64 + 2 * 8).map { input.values()[it] })
    }

    @Test
    fun `padded rows are skipped, and the buffer is left as it was`() {
        val padded = ByteArray(2 * 21) { if (it % 21 < 16) 50 else 127 }
        val pixels = ByteBuffer.wrap(padded)
        pixels.position(5)
        pixels.limit(38)
        val image = PixelView(pixels, 4, 2, 21)
        val bytes = ByteArray(4 * 4 * 3)
        preprocessor(4, 4).toBytes(image, bytes)
        assertArrayEquals(ByteArray(48) { if (it in 12 until 36) 50 else 114 }, bytes) // a row above, and one below
        assertEquals(listOf(5, 38), listOf(pixels.position(), pixels.limit()))
    }

    @Test
    fun `a turned picture gives the tensor of the upright one`() {
        for ((width, height) in listOf(16 to 12, 32 to 24, 23 to 31, 1 to 9)) {
            val upright = picture(width, height)
            val expected = tensorOf(view(upright, width, height))
            for (rotation in listOf(0, 90, 180, 270)) {
                for (mirrored in listOf(false, true)) {
                    val image = stored(upright, width, height, rotation, mirrored)
                    assertEquals(listOf(width, height), listOf(image.uprightWidth, image.uprightHeight))
                    assertArrayEquals("$width x $height, $rotation, $mirrored", expected, tensorOf(image), 0f)
                }
            }
        }
    }

    @Test
    fun `a second frame does not see the first`() {
        val preprocessor = preprocessor(16, 12)
        val first = picture(23, 31)
        val other = ByteArray(first.size) { (first[it] + 77).toByte() }
        val tensor = preprocessor.newInput()
        for (pixels in listOf(first, other)) {
            val plan = preprocessor.toTensor(view(pixels, 23, 31), tensor)
            assertSame(plan, preprocessor.toTensor(view(pixels, 23, 31), tensor))
        }
        assertArrayEquals(tensorOf(view(other, 23, 31)), tensor.values(), 0f)
    }

    @Test
    fun `an impossible picture is rejected`() {
        assertRefused("no pixels") { PixelView(ByteBuffer.allocate(0), 0, 5, 0) }
        assertRefused("16 bytes") { PixelView(ByteBuffer.allocate(99), 4, 2, 15) }
        assertRefused("37 bytes") { PixelView(ByteBuffer.allocate(36), 4, 2, 21) }
        assertRefused("45") { PixelView(ByteBuffer.allocate(99), 4, 2, 16, rotation = 45) }
        assertRefused("no pixels") { preprocessor(0, 8) }
    }
}

private fun assertRefused(says: String, action: () -> Unit) {
    val error = assertThrows(IllegalArgumentException::class.java) { action() }
    assertTrue(error.message, says in error.message.orEmpty())
}

/** Bytes that tell every place from its neighbours. */
private fun picture(width: Int, height: Int) = ByteArray(width * height * 3) { (it * 37 + it / 7 * 101).toByte() }

private fun view(
    rgb: ByteArray,
    width: Int,
    height: Int,
    rotation: Int = 0,
    mirrored: Boolean = false,
    alpha: Byte = 99
): PixelView {
    val rgba = ByteArray(width * height * 4) { if (it % 4 == 3) alpha else rgb[it / 4 * 3 + it % 4] }
    return PixelView(ByteBuffer.wrap(rgba), width, height, 4 * width, rotation, mirrored)
}

/** The picture as a camera stores it: [rotation] degrees clockwise, then mirrored, it is [upright] again. */
private fun stored(upright: ByteArray, width: Int, height: Int, rotation: Int, mirrored: Boolean): PixelView {
    val isTurned = rotation % 180 != 0
    val storedWidth = if (isTurned) height else width
    val storedHeight = if (isTurned) width else height
    val data = ByteArray(upright.size)
    for (y in 0 until height) {
        for (x in 0 until width) {
            val flat = if (mirrored) width - 1 - x else x // where the pixel is before it is mirrored
            val (column, row) = when (rotation) {
                90 -> Pair(y, width - 1 - flat)
                180 -> Pair(width - 1 - flat, height - 1 - y)
                270 -> Pair(height - 1 - y, flat)
                else -> Pair(flat, y)
            }
            for (c in 0 until 3) data[(row * storedWidth + column) * 3 + c] = upright[(y * width + x) * 3 + c]
        }
    }
    return view(data, storedWidth, storedHeight, rotation, mirrored)
}

private fun tensorOf(image: PixelView): FloatArray {
    val preprocessor = preprocessor(16, 12)
    return preprocessor.newInput().also { preprocessor.toTensor(image, it) }.values()
}

/** Pictures of any size take the full width, and half of the height, in the middle. */
private fun preprocessor(width: Int, height: Int, normalization: Normalization = Normalization()) =
    BilinearPreprocessor(width, height, normalization) { sourceWidth, sourceHeight, inputWidth, inputHeight ->
        LetterboxPlan(
            sourceWidth,
            sourceHeight,
            inputWidth,
            inputHeight,
            resizedWidth = inputWidth,
            resizedHeight = inputHeight / 2,
            left = 0,
            top = inputHeight / 4
        )
    }
