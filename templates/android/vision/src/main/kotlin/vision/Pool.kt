package vision

import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.atomic.AtomicBoolean

/** Memory of one picture's result. */
abstract class Reusable {
    private val isFree = AtomicBoolean()

    /** Called when it becomes free; null: the garbage collector takes it. */
    internal var onFree: Runnable? = null

    /** May be called more than once, from any thread. */
    fun free() {
        if (isFree.compareAndSet(false, true)) onFree?.run()
    }

    fun take(): Boolean = isFree.compareAndSet(true, false)
}

/**
 * Gives the memory of unused results to later ones. It holds free memory only: the garbage collector takes the memory of a
 * result that is never given back.
 */
class Pool<T : Reusable>(private val make: () -> T) {
    private val free = ArrayBlockingQueue<T>(MOST)

    fun take(): T = free.poll()?.also { it.take() } ?: make().also { it.onFree = Runnable { free.offer(it) } }

    /** Leaves the free memory to the garbage collector. */
    fun forget() = free.clear()

    private companion object {
        /** One is computed, one waits, one is on the screen, one is shared. */
        const val MOST = 4
    }
}
