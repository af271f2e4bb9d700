package launch

import android.graphics.Canvas
import androidx.core.graphics.createBitmap
import com.sun.management.ThreadMXBean
import edgegen.StageTimes
import java.io.Closeable
import java.lang.management.ManagementFactory
import java.util.Collections
import java.util.IdentityHashMap
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import org.example.shapes.Layer
import org.example.shapes.OldResults
import org.example.shapes.PaintedPixels
import org.example.shapes.Painting
import org.example.shapes.PictureMapping
import org.example.shapes.PictureResult
import org.junit.Assert.assertTrue
import vision.ModelInfo
import vision.VisionResult

/**
 * Measures the CPU time and the memory of live results: the detector's thread creates and paints them, and the main
 * thread draws them on a phone's screen.
 *
 * [layers]: those of the task's app.
 */
class LiveDrawing(
    private val model: ModelInfo,
    private val layers: List<Layer>,
    private val result: () -> VisionResult,
    private val paint: (VisionResult) -> Painting?
) : Closeable {
    /** Milliseconds of each frame, bytes on the Java heap for a frame, and the number of bitmaps for all frames. */
    class Cost(val drawing: List<Double>, val painting: List<Double>, val drawn: Long, val made: Long, val bitmaps: Int)

    private class Counter {
        val milliseconds = mutableListOf<Double>()
        var bytes = 0L
            private set

        fun <T> count(work: () -> T): T {
            val bytesBefore = threads.getThreadAllocatedBytes(Thread.currentThread().id)
            val before = threads.currentThreadCpuTime
            return work().also {
                milliseconds += (threads.currentThreadCpuTime - before) / NANOS_PER_MILLISECOND
                bytes += threads.getThreadAllocatedBytes(Thread.currentThread().id) - bytesBefore
            }
        }
    }

    private val detector = Executors.newSingleThreadExecutor()
    private val screen = createBitmap(SCREEN_WIDTH, SCREEN_HEIGHT)
    private val canvas = Canvas(screen)
    private val old = OldResults() // for the detector's thread

    fun run(frames: Int): Cost {
        val main = Counter()
        val painter = Counter()
        var made = 0L
        val bitmaps = Collections.newSetFromMap(IdentityHashMap<Any, Boolean>())
        repeat(frames) {
            val next = detector.submit(
                Callable {
                    val before = threads.getThreadAllocatedBytes(Thread.currentThread().id)
                    val seen = result()
                    val painting = painter.count { paint(seen) }
                    val times = StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0)
                    val next = PictureResult(seen, model, times, source = 0, isMirrored = false, painting)
                    old.add(next, isKept = false)
                    made += threads.getThreadAllocatedBytes(Thread.currentThread().id) - before
                    next
                }
            ).get()
            bitmaps += (next.painting as PaintedPixels).bitmap
            old.onScreen = next
            screen.eraseColor(0)
            main.count {
                val mapping = PictureMapping(WIDTH, HEIGHT, isMirrored = false, SCREEN_WIDTH, SCREEN_HEIGHT)
                for (layer in layers) layer.draw(canvas, next, mapping)
            }
        }
        return Cost(main.milliseconds, painter.milliseconds, main.bytes / frames, made / frames, bitmaps.size)
    }

    /** Asserts that, after the first frames, threads allocate nothing as large as a mask and reuse bitmaps. */
    fun needsNoMemory() {
        run(FIRST)
        val cost = run(FRAMES)
        assertTrue("${cost.drawn} bytes a frame on the main thread", cost.drawn < MOST_BYTES)
        assertTrue("${cost.made} bytes a frame on the detector's thread", cost.made < MOST_BYTES)
        assertTrue("${cost.bitmaps} bitmaps", cost.bitmaps <= MOST_BITMAPS)
        assertTrue("something is drawn", screen.getPixel(SCREEN_WIDTH / 2, SCREEN_HEIGHT / 2) != 0)
    }

    override fun close() {
        detector.shutdown()
    }

    companion object {
        /** A camera's frame. */
        const val WIDTH = 1280
        const val HEIGHT = 720

        /** A phone's screen in pixels, and the app's text size and stroke width on it. */
        const val SCREEN_WIDTH = 1078
        const val SCREEN_HEIGHT = 2338
        const val TEXT_SIZE = 37f
        const val STROKE_WIDTH = 5f

        private const val FIRST = 4
        private const val FRAMES = 10
        private const val MOST_BYTES = 32_000L // a tenth of a 640 x 640 mask is larger
        private const val MOST_BITMAPS = 3 // one is painted, one waits, one is on the screen
        private const val NANOS_PER_MILLISECOND = 1e6
        private val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
    }
}
