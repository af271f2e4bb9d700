package org.example.shapes

import edgegen.ExifOrientation
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test

class ExifOrientationTest {
    /** Where EXIF says that the stored picture's first row and first column are seen. */
    private val upright = mapOf(
        1 to "ab/cd",
        2 to "ba/dc",
        3 to "dc/ba",
        4 to "cd/ab",
        5 to "ac/bd",
        6 to "ca/db",
        7 to "db/ca",
        8 to "bd/ac"
    )

    @Test
    fun tagTurnsThePictureAsInExif() {
        for ((tag, expected) in upright) {
            val rows = expected.split("/").map { it.toCharArray() }.toTypedArray()
            assertArrayEquals("tag $tag", rows, turned(ExifOrientation.of(tag)))
        }
    }

    @Test
    fun unknownTagIsUpright() {
        for (tag in listOf(-1, 0, 9)) assertEquals(ExifOrientation.NORMAL, ExifOrientation.of(tag))
    }

    private fun turned(orientation: ExifOrientation): Array<CharArray> {
        var picture = arrayOf(charArrayOf('a', 'b'), charArrayOf('c', 'd'))
        repeat(orientation.rotation / 90) {
            picture = arrayOf(charArrayOf(picture[1][0], picture[0][0]), charArrayOf(picture[1][1], picture[0][1]))
        }
        if (orientation.mirrored) picture.forEach { it.reverse() }
        return picture
    }
}
