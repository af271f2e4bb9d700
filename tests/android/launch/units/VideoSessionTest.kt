package org.example.shapes

import android.app.Application
import android.graphics.SurfaceTexture
import android.view.TextureView
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith

@RunWith(AndroidJUnit4::class)
class VideoSessionTest {
    private val application = ApplicationProvider.getApplicationContext<Application>()
    private val queue = mutableListOf<Runnable>()
    private val session = VideoSession(application, queue::add, { FrameAnalyzer {} }, {})

    /** That thread may be reading a frame from it. */
    @Test
    fun surfaceIsReleasedOnTheDetectorsThread() {
        val texture = SurfaceTexture(false)
        val view = TextureView(application).apply { setSurfaceTexture(texture) }
        session.showOn(view)
        session.onSurfaceTextureAvailable(texture, 1, 1)
        assertEquals("there was none before", 0, queue.size)
        session.onSurfaceTextureAvailable(texture, 1, 1)
        assertEquals("the one before", 1, queue.size)
        session.leave(view)
        assertEquals("the last", 2, queue.size)
        queue.forEach(Runnable::run)
    }
}
