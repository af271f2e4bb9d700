package org.example.shapes

import org.junit.Assert.assertEquals
import org.junit.Test

class VideoFileTest {
    @Test
    fun videoSizeIsLimitedAndEven() {
        for ((picture, video) in listOf(
            (640 to 480) to (640 to 480),
            (1280 to 720) to (1280 to 720),
            (1920 to 1080) to (1280 to 720),
            (1080 to 1920) to (720 to 1280),
            (1440 to 1080) to (1280 to 960),
            (1279 to 719) to (1264 to 704),
            (161 to 81) to (160 to 80),
            (161 to 79) to (160 to 64),
            (4000 to 3) to (1280 to 64)
        )) {
            val longest = maxOf(picture.first, picture.second)
            val sides = VideoFile.sideOf(picture.first, longest) to VideoFile.sideOf(picture.second, longest)
            assertEquals("$picture", video, sides)
        }
    }
}
