package edgegen

import android.util.Log
import java.io.Closeable

/** A loaded program of another backend, while frames go to it. Not thread-safe: [ModelRepository] takes care of that. */
class ServingProgram<D : Closeable>(
    private val detector: D,
    private val hasNaN: (D) -> Boolean,
    private val onStarted: () -> Unit,
    private val onDropped: () -> Unit
) : Closeable {
    class Result<T>(val value: T)

    private var goodFrames = 0
    private var badFrames = 0 // in a row

    /** Whether it failed too often to be used again. */
    val isDropped get() = badFrames >= BAD_FRAMES

    /** Returns the result of [work]; null for a bad frame: it fails, or a value of the outputs is not a number. */
    fun <T> use(work: (D) -> T): Result<T>? {
        val result = try {
            Result(work(detector)).takeIf { !hasNaN(detector) }
        } catch (failure: RuntimeException) {
            Log.w(TAG, "The program of another backend fails", failure)
            null
        }
        if (result == null) {
            ++badFrames
        } else {
            badFrames = 0
            if (++goodFrames == GOOD_FRAMES) onStarted()
        }
        if (isDropped) onDropped()
        return result
    }

    override fun close() = detector.close()

    private companion object {
        const val TAG = "ServingProgram"
        const val GOOD_FRAMES = 5 // at the start
        const val BAD_FRAMES = 5
    }
}
