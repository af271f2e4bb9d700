package edgegen

import java.io.Closeable
import java.io.File
import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.FloatBuffer
import org.pytorch.executorch.EValue
import org.pytorch.executorch.ExecuTorchRuntime
import org.pytorch.executorch.Module
import org.pytorch.executorch.Tensor
import vision.LetterboxPlan
import vision.ModelInfo
import vision.ModelInput
import vision.Numbers
import vision.PixelView
import vision.Thresholds
import vision.VisionResult

/** The model needs backends that the ExecuTorch library of this app does not have. */
class MissingBackendException(val missing: List<String>) : RuntimeException(missing.joinToString())

/** The model's output is not the one that the app was generated for. */
class UnexpectedOutputException(message: String) : RuntimeException(message)

/** How long each stage took, in nanoseconds. [finishedAt] is a [System.nanoTime]. */
class StageTimes(val letterbox: Long, val model: Long, val postprocess: Long, val finishedAt: Long)

/** The detector's result for one picture. */
class Detected(val result: VisionResult, val model: ModelInfo, val times: StageTimes)

/**
 * Runs the model on pictures: letterbox, model, decode. Its buffers are allocated once.
 *
 * Not thread-safe. All loaded detectors must use the same number of threads: [ModelRepository] takes care of both.
 */
class Detector private constructor(private val module: Module, val info: ModelInfo) : Closeable {
    private class Last(val plan: LetterboxPlan, val letterboxNanos: Long, val modelNanos: Long)

    private val preprocessor = info.preprocessor()
    private val postprocessor = info.task.postprocessor(info)

    /** The last picture, as the model's input. */
    val input = preprocessor.newInput()
    private val inputValue = EValue.from(
        longArrayOf(1, CHANNELS, info.inputHeight.toLong(), info.inputWidth.toLong()).let { shape ->
            if (input.steps == null) Tensor.fromBlob(input.floats, shape) else Tensor.fromBlob(input.bytes, shape)
        }
    )

    /** The model's outputs for it. Decoding does not change them. */
    val outputs = info.outputsOf(info.newValues())

    /** The same memory. */
    private val outputBuffers: List<Buffer> = outputs.map { output ->
        if (output.steps == null) FloatBuffer.wrap(output.floats) else ByteBuffer.wrap(output.bytes)
    }
    private var last: Last? = null // the picture that the outputs belong to

    /** Returns the result for [image], in pixels of the upright picture. [onOutputs]: called before they are decoded. */
    fun detect(image: PixelView, thresholds: Thresholds, onOutputs: () -> Unit = {}): Detected {
        last = null
        val start = System.nanoTime()
        val plan = preprocessor.toTensor(image, input)
        val prepared = System.nanoTime()
        execute()
        val inferred = System.nanoTime()
        onOutputs()
        val result = postprocessor.run(outputs, plan, thresholds)
        val end = System.nanoTime()
        last = Last(plan, prepared - start, inferred - prepared)
        return Detected(result, info, StageTimes(prepared - start, inferred - prepared, end - inferred, end))
    }

    /** Applies other [thresholds] to the last picture without running the model; null if there was none. */
    fun detectAgain(thresholds: Thresholds): Detected? {
        val last = last ?: return null
        val start = System.nanoTime()
        val result = postprocessor.run(outputs, last.plan, thresholds)
        val end = System.nanoTime()
        return Detected(result, info, StageTimes(last.letterboxNanos, last.modelNanos, end - start, end))
    }

    /** Runs only the model: what the parity stages compare. */
    fun run(input: ModelInput): Array<Numbers> {
        last = null
        this.input.put(input)
        execute()
        return outputs
    }

    override fun close() = module.close()

    private fun execute() {
        val values = module.forward(inputValue)
        if (values.size != outputs.size) {
            throw UnexpectedOutputException("${values.size} outputs, expected ${outputs.size}")
        }
        for (i in outputs.indices) {
            val tensor = values[i].toTensor()
            if (tensor.numel() != outputs[i].size.toLong()) {
                throw UnexpectedOutputException("output $i has ${tensor.numel()} values, expected ${outputs[i].size}")
            }
            copy(tensor, outputBuffers[i])
        }
    }

    private fun copy(tensor: Tensor, buffer: Buffer) {
        buffer.clear()
        if (buffer is FloatBuffer) tensor.copyDataInto(buffer) else tensor.copyDataInto(buffer as ByteBuffer)
    }

    companion object {
        /** ExecuTorch chooses: half of the cores. All of them can be ten times slower. */
        const val DEFAULT_THREADS = 0

        private const val CHANNELS = 3L
        private const val METHOD = "forward"

        /** Maps the model into memory, sees that this app can run it, and runs it once: the first time takes longer. */
        fun load(file: File, threads: Int, info: ModelInfo): Detector = load(info) { open(file, threads) }

        /** Opens a model. This sets the number of threads of the whole process, and loads nothing yet. */
        fun open(file: File, threads: Int): Module = Module.load(file.path, Module.LOAD_MODE_MMAP, threads)

        fun load(info: ModelInfo, open: () -> Module): Detector {
            val module = open()
            try {
                checkBackends(module, info)
                module.loadMethod(METHOD)
                return Detector(module, info).apply { execute() }
            } catch (failure: Throwable) { // whatever it is, the module must not stay open
                module.close()
                throw failure
            }
        }

        private fun checkBackends(module: Module, info: ModelInfo) {
            val needed = info.backends.toSet() + module.getMethodMetadata(METHOD).backends
            val missing = needed - ExecuTorchRuntime.getRegisteredBackends().toSet()
            if (missing.isNotEmpty()) throw MissingBackendException(missing.sorted())
        }
    }
}
