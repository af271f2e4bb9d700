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
 * A fake of Android's encoder. It creates its file in `prepare` and keeps the pictures that are drawn on its surface. Like
 * the real one, it rejects calls in the wrong state and a recording without a frame. Like some real ones, it accepts only
 * sizes in whole H.264 blocks.
 */
@Implements(MediaRecorder::class)
class FakeFilm : ShadowMediaRecorder() {
    val frames = mutableListOf<Bitmap>()
    val file get() = File(outputPath)
    private val screen by lazy { Screen() }

    @Implementation
    public override fun setVideoSource(source: Int) = after(STATE_INITIAL).let { super.setVideoSource(source) }

    @Implementation
    public override fun setOutputFormat(format: Int) = after(STATE_INITIALIZED).let { super.setOutputFormat(format) }

    @Implementation
    public override fun setVideoEncoder(encoder: Int) = configured().let { super.setVideoEncoder(encoder) }

    @Implementation
    public override fun setVideoSize(width: Int, height: Int) = configured().let { super.setVideoSize(width, height) }

    @Implementation
    public override fun setVideoFrameRate(rate: Int) = configured().let { super.setVideoFrameRate(rate) }

    @Implementation
    public override fun setVideoEncodingBitRate(rate: Int) = configured().let { super.setVideoEncodingBitRate(rate) }

    @Implementation
    public override fun setOutputFile(path: String) = configured().let { super.setOutputFile(path) }

    @Implementation
    public override fun prepare() {
        configured()
        checkNotNull(outputPath) { "no file" }
        check(videoWidth > 0 && videoHeight > 0 && videoFrameRate > 0) { "not fully configured" }
        if (isMissing || videoWidth % BLOCK + videoHeight % BLOCK > 0) throw IOException("no encoder")
        super.prepare()
        file.writeText("half a video")
        all += this
    }

    @Implementation
    public override fun start() {
        after(STATE_PREPARED)
        super.start()
    }

    @Implementation
    public override fun stop() {
        if (state != STATE_RECORDING) throw IllegalStateException("it does not run")
        if (frames.isEmpty() || isBroken) throw RuntimeException("stop failed: -1007")
        super.stop()
        if (file.exists()) file.writeText(if (isEmpty) "" else "a whole video") // tests may have deleted it
    }

    @Implementation
    public override fun getSurface(): Surface {
        check(state == STATE_PREPARED || state == STATE_RECORDING) { "there is none yet" }
        return screen
    }

    private fun configured() = after(STATE_DATA_SOURCE_CONFIGURED)

    private fun after(turn: Int) = check(state == turn) { "in state $state, not $turn" }

    /** A surface on which frames are drawn and kept instead of encoded. */
    private inner class Screen : Surface(SurfaceTexture(false)) {
        private var bitmap: Bitmap? = null
        private var isReleased = false

        override fun release() {
            isReleased = true
            super.release()
        }

        override fun lockHardwareCanvas(): Canvas {
            check(bitmap == null) { "one at a time" }
            check(state == STATE_RECORDING && !isReleased) { "nothing is recorded" }
            val drawn = Bitmap.createBitmap(videoWidth, videoHeight, Bitmap.Config.ARGB_8888)
            return Canvas(drawn.also { bitmap = it })
        }

        override fun unlockCanvasAndPost(canvas: Canvas) {
            frames += checkNotNull(bitmap)
            bitmap = null
            onFrame()
        }
    }

    companion object {
        val all = mutableListOf<FakeFilm>()

        /** The device has no encoder. */
        var isMissing = false

        /** The encoder fails during a recording. */
        var isBroken = false

        /** The recording ends with an empty file. */
        var isEmpty = false

        /** Called after each drawn frame. */
        var onFrame: () -> Unit = {}
        private const val BLOCK = 16

        fun reset() {
            all.clear()
            isMissing = false
            isBroken = false
            isEmpty = false
            onFrame = {}
        }
    }
}
