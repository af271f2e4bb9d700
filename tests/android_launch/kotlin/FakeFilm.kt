package launch

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.SurfaceTexture
import android.media.MediaRecorder
import android.view.Surface
import java.io.File
import java.io.IOException
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowMediaRecorder

/**
 * In the place of Android's encoder: it makes its file when it is prepared, keeps the pictures that are drawn on its
 * surface, and refuses to end without one, as the real one does.
 */
@Implements(MediaRecorder::class)
class FakeFilm : ShadowMediaRecorder() {
    val frames = mutableListOf<Bitmap>()
    val file get() = File(outputPath)
    private val screen by lazy { Screen() }

    @Implementation
    public override fun prepare() {
        if (isMissing) throw IOException("no encoder")
        super.prepare()
        file.writeText("half a video")
        all += this
    }

    @Implementation
    public override fun stop() {
        if (state != STATE_RECORDING) throw IllegalStateException("it does not run")
        if (frames.isEmpty() || isBroken) throw RuntimeException("stop failed: -1007")
        super.stop()
        file.writeText("a whole video")
    }

    @Implementation
    public override fun getSurface(): Surface {
        check(state == STATE_PREPARED || state == STATE_RECORDING) { "there is none yet" }
        return screen
    }

    /** On it a picture can be drawn, where it cannot be encoded. */
    private inner class Screen : Surface(SurfaceTexture(false)) {
        private var bitmap: Bitmap? = null

        override fun lockHardwareCanvas(): Canvas {
            check(bitmap == null) { "one at a time" }
            val drawn = Bitmap.createBitmap(videoWidth, videoHeight, Bitmap.Config.ARGB_8888)
            return Canvas(drawn.also { bitmap = it })
        }

        override fun unlockCanvasAndPost(canvas: Canvas) {
            frames += checkNotNull(bitmap)
            bitmap = null
        }
    }

    companion object {
        val all = mutableListOf<FakeFilm>()

        /** This device has none. */
        var isMissing = false

        /** It ends in the middle. */
        var isBroken = false

        fun reset() {
            all.clear()
            isMissing = false
            isBroken = false
        }
    }
}
