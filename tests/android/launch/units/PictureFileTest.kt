package org.example.shapes

import edgegen.PictureFile
import org.junit.Assert.assertEquals
import org.junit.Test

class PictureFileTest {
    @Test
    fun onlyLargePhotosAreDownsampled() {
        assertEquals(1, PictureFile.sampleSize(640, 480))
        assertEquals(1, PictureFile.sampleSize(PictureFile.LONGEST_SIDE, 1))
        assertEquals(1, PictureFile.sampleSize(4032, 3024))
        assertEquals(2, PictureFile.sampleSize(6000, 8000))
        assertEquals(4, PictureFile.sampleSize(12_000, 9000))
    }
}
