package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Color
import android.graphics.SurfaceTexture
import android.os.Handler
import android.view.PixelCopy
import android.view.Surface
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import vision.BYTES_PER_PIXEL

/** Which frames of a video the detector gets, and what is in them. */
@RunWith(AndroidJUnit4::class)
@Config(shadows = [VideoFramesTest.Copies::class])
class VideoFramesTest {
    /** Replaces the graphics system: the content of a surface. */
    @Implements(PixelCopy::class)
    class Copies {
        companion object {
            var color = 0
            var result = PixelCopy.SUCCESS

            @Implementation
            @JvmStatic
            fun request(
                source: Surface,
                destination: Bitmap,
                listener: PixelCopy.OnPixelCopyFinishedListener,
                handler: Handler
            ) {
                require((source as Screen).isThere) { "it is released" }
                destination.eraseColor(color)
                listener.onPixelCopyFinished(result)
            }
        }
    }

    class Screen : Surface(SurfaceTexture(false)) {
        var isThere = true
    }

    private val queue = mutableListOf<Runnable>()
    private val seen = mutableListOf<String>()
    private val analyzer = FrameAnalyzer { frame ->
        val first = List(BYTES_PER_PIXEL) { frame.pixels.get(it).toInt() and 0xFF }
        seen += "${frame.width} x ${frame.height}: $first"
    }
    private val surface = Screen()

    @Test
    fun framesDuringInferenceAreLeftOut() {
        val frames = VideoFrames(40, 30, queue::add)
        take(frames, Color.GREEN)
        take(frames, Color.RED)
        assertEquals("nothing is read back on this thread", 1, queue.size)
        runAll()
        take(frames, Color.BLUE)
        runAll()
        assertEquals(listOf("40 x 30: [255, 0, 0, 255]", "40 x 30: [0, 0, 255, 255]"), seen)
    }

    @Test
    fun unreadableFrameIsLeftOut() {
        val frames = VideoFrames(40, 30, Runnable::run)
        try {
            Copies.result = PixelCopy.ERROR_SOURCE_NO_DATA
            take(frames, Color.RED)
        } finally {
            Copies.result = PixelCopy.SUCCESS
        }
        take(frames, Color.GREEN)
        surface.isThere = false
        take(frames, Color.BLUE)
        assertEquals(listOf("40 x 30: [0, 255, 0, 255]"), seen)
    }

    @Test
    fun largeVideoIsReduced() {
        take(VideoFrames(3840, 2160, Runnable::run), Color.WHITE)
        take(VideoFrames(1080, 1920, Runnable::run), Color.WHITE)
        take(VideoFrames(1280, 2, Runnable::run), Color.WHITE)
        take(VideoFrames(8192, 2, Runnable::run), Color.WHITE)
        assertEquals(listOf("1280 x 720", "720 x 1280", "1280 x 2", "1280 x 1"), seen.map { it.substringBefore(":") })
    }

    private fun runAll() {
        while (queue.isNotEmpty()) queue.removeAt(0).run()
    }

    private fun take(frames: VideoFrames, shown: Int) {
        Copies.color = shown
        frames.take(surface, analyzer)
    }
}
