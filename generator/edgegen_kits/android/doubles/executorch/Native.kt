// A test double of ExecuTorch's Android API, release 1.5, with the same public declarations. executorch_jni.cpp runs the
// Python wheel's libexecutorch. -Djava.library.path names the folder of its library.
package org.pytorch.executorch

import java.nio.Buffer
import java.nio.ByteBuffer
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger

/** Of the double only: reports every load and execute to a test, on the thread that makes the call. */
object Calls {
    @JvmField @Volatile
    var listener: ((String) -> Unit)? = null

    /** The number of next loads or executions that fail. The app must continue. */
    @JvmField
    val failures = AtomicInteger()

    /**
     * Loads with another number of threads while a module was open. ExecuTorch then frees the thread pool that the
     * open module still uses: on a phone, the module's next execution reads freed memory.
     */
    @JvmField
    val replacedUnderAModule: MutableList<String> = CopyOnWriteArrayList()

    private val open = ConcurrentHashMap<Module, Int>()

    internal fun called(call: String) {
        listener?.invoke(call)
        if (failures.getAndUpdate { if (it > 0) it - 1 else 0 } > 0) {
            val code = ExecutorchRuntimeException.INTERNAL
            throw ExecutorchRuntimeException.makeExecutorchException(code, "$call failed")
        }
    }

    internal fun loading(threads: Int) {
        called("load")
        open.values.filter { it != threads }.forEach { replacedUnderAModule += "$it threads by $threads" }
    }

    internal fun opened(module: Module, threads: Int) {
        open[module] = threads
    }

    internal fun closed(module: Module) {
        open.remove(module)
    }
}

/** Of the double only: the functions of executorch_jni.cpp. They fail with an ExecutorchRuntimeException. */
internal object Native {
    @JvmStatic external fun load(path: String, mode: Int, threads: Int): Long

    @JvmStatic external fun free(handle: Long)

    @JvmStatic external fun methods(handle: Long): Array<String>

    @JvmStatic external fun backends(handle: Long, method: String): Array<String>

    @JvmStatic external fun loadMethod(handle: Long, method: String): Int

    /**
     * Three entries an output: a direct ByteBuffer over the method's own memory, which the next execute writes over (as
     * on a phone), its shape, its type code in an IntArray of one.
     */
    @JvmStatic external fun execute(
        handle: Long,
        method: String,
        data: Array<Buffer>,
        shapes: Array<LongArray>,
        types: IntArray
    ): Array<Any>

    @JvmStatic external fun registeredOps(): Array<String>

    @JvmStatic external fun registeredBackends(): Array<String>
}
