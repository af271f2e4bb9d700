package org.example.shapes

import org.junit.Assert.assertEquals
import org.junit.Test

class PhotoLoaderTest {
    @Test
    fun onlyLargePhotosAreDownsampled() {
        assertEquals(1, PhotoLoader.sampleSize(640, 480))
        assertEquals(1, PhotoLoader.sampleSize(PhotoLoader.LONGEST_SIDE, 1))
        assertEquals(1, PhotoLoader.sampleSize(4032, 3024))
        assertEquals(2, PhotoLoader.sampleSize(6000, 8000))
        assertEquals(4, PhotoLoader.sampleSize(12_000, 9000))
    }
}
