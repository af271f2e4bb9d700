// A test double of ExecuTorch's Android API, release 1.5, with the same public declarations. executorch_jni.cpp runs the
// Python wheel's libexecutorch. -Djava.library.path names the folder of its library.
package org.pytorch.executorch

import java.io.Closeable
import java.nio.ByteBuffer
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

class MethodMetadata internal constructor(val name: String, val backends: Array<String>)

class BackendOptionsMap {
    private val options = LinkedHashMap<String, LinkedHashMap<String, Int>>()
    fun setInt(backendName: String, key: String, value: Int): BackendOptionsMap {
        options.getOrPut(backendName) { LinkedHashMap() }[key] =
            value
        return this
    }
    fun isEmpty(): Boolean = options.isEmpty()
}

open class Module private constructor(path: String, loadMode: Int, numThreads: Int) : Closeable {
    private val lock = ReentrantLock()
    private var handle: Long

    init {
        ExecuTorchRuntime.getRuntime()
        Calls.loading(numThreads)
        handle = Native.load(path, loadMode, numThreads)
    }
    private val metadata: Map<String, MethodMetadata> = Native.methods(handle).associateWith {
        MethodMetadata(it, Native.backends(handle, it))
    }

    init {
        // Only XNNPACK's programs use the thread pool
        if (metadata.values.any { "XnnpackBackend" in it.backends }) Calls.opened(this, numThreads)
    }

    open fun forward(vararg inputs: EValue): Array<EValue> = execute("forward", *inputs)

    open fun execute(methodName: String, vararg inputs: EValue): Array<EValue> = locked {
        Calls.called("execute")
        val tensors = inputs.map { it.toTensor() }
        val out = Native.execute(
            handle,
            methodName,
            Array(tensors.size) {
                tensors[it].getRawDataBuffer()
            },
            Array(tensors.size) { tensors[it].dims },
            IntArray(tensors.size) { tensors[it].dtype().jniCode }
        )
        Array(out.size / 3) { i ->
            EValue.from(
                Tensor.fromNative(
                    out[3 * i] as ByteBuffer,
                    out[3 * i + 1] as LongArray,
                    (
                        out[
                            3 *
                                i +
                                2
                        ] as IntArray
                        )[0]
                )
            )
        }
    }

    open fun loadMethod(methodName: String) = locked {
        val code = Native.loadMethod(handle, methodName)
        if (code !=
            0
        ) {
            throw ExecutorchRuntimeException.makeExecutorchException(code, "Failed to load method: $methodName")
        }
    }
    open fun getMethods(): Array<String> = locked { Native.methods(handle) }
    open fun getMethodMetadata(name: String): MethodMetadata = locked {
        metadata[name]
            ?: throw IllegalArgumentException("method $name does not exist for this module")
    }
    open fun readLogBuffer(): Array<String>? = locked { readLogBufferStatic() }
    open fun etdump(): Boolean = locked { false }
    open fun etdump(outputPath: String): Boolean = locked { false }

    private inline fun <T> locked(block: () -> T): T = lock.withLock {
        check(handle != 0L) { "Module has been destroyed" }
        block()
    }

    open fun destroy() {
        check(lock.tryLock()) { "Cannot destroy module while method is executing" }
        try {
            if (handle != 0L) Native.free(handle)
            Calls.closed(this)
            handle = 0
        } finally {
            lock.unlock()
        }
    }
    override fun close() {
        destroy()
    }

    companion object {
        const val LOAD_MODE_FILE = 0
        const val LOAD_MODE_MMAP = 1
        const val LOAD_MODE_MMAP_USE_MLOCK = 2
        const val LOAD_MODE_MMAP_USE_MLOCK_IGNORE_ERRORS = 3

        @JvmStatic @JvmOverloads
        fun load(modelPath: String?, loadMode: Int = LOAD_MODE_FILE, numThreads: Int = 0): Module {
            ExecuTorchRuntime.validateFilePath(modelPath, "model path")
            return Module(modelPath!!, loadMode, numThreads)
        }

        @JvmStatic @JvmOverloads
        fun load(
            modelPath: String?,
            options: BackendOptionsMap,
            loadMode: Int = LOAD_MODE_FILE,
            numThreads: Int = 0
        ): Module = load(modelPath, loadMode, numThreads)

        @JvmStatic fun readLogBufferStatic(): Array<String>? = null
    }
}
