package vision

import java.util.concurrent.atomic.AtomicBoolean

/** Memory of one picture's result. */
abstract class Reusable {
    private val isFree = AtomicBoolean()

    fun free() = isFree.set(true)

    fun take(): Boolean = isFree.compareAndSet(true, false)
}

/** Gives the memory of results that nobody needs any more to later ones. */
internal class Pool<T : Reusable>(private val make: () -> T) {
    private val all = ArrayList<T>()

    fun take(): T {
        for (i in all.indices) if (all[i].take()) return all[i]
        return make().also { if (all.size < MOST) all.add(it) }
    }

    private companion object {
        /** One is computed, one waits, one is on the screen, one is shared. */
        const val MOST = 4
    }
}
