// A desktop double of ExecuTorch's Android API, release 1.5: the same public declarations, run by the Python wheel's
// libexecutorch through executorch_jni.cpp. The folder of its library is named by -Djava.library.path.
package org.pytorch.executorch

import java.nio.Buffer
import java.nio.ByteBuffer

/** Only here: told of every load and execute, on the thread that does it: a test sees that it is not the main one. */
object Calls {
    @JvmField @Volatile
    var listener: ((String) -> Unit)? = null
}

/** Only here: what executorch_jni.cpp gives. Every failure is an ExecutorchRuntimeException with ExecuTorch's own code. */
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
