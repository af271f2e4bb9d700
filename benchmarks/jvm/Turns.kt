package turns

import com.sun.management.ThreadMXBean
import java.io.File
import java.lang.management.ManagementFactory
import java.nio.ByteBuffer
import java.nio.ByteOrder
import vision.AngleRule
import vision.BilinearPreprocessor
import vision.ClassifyResult
import vision.ClassifyTask
import vision.DepthContract
import vision.DepthTask
import vision.End2endContract
import vision.Head
import vision.Level
import vision.LogitsContract
import vision.Normalization
import vision.Numbers
import vision.ObbTask
import vision.PixelView
import vision.PoseTask
import vision.RawContract
import vision.SegmentResult
import vision.SegmentTask
import vision.SemanticResult
import vision.SemanticTask
import vision.Steps
import vision.THE_MODEL
import vision.Thresholds
import vision.VisionResult
import vision.decode
import vision.planLetterbox
import vision.planStretch

/**
 * Runs a stage of the Kotlin core. Reads numbers of frames from standard input. For each number, runs that many frames
 * and prints their nanoseconds and allocated bytes, all together, and a number that depends on the last result.
 *
 *     letterbox INPUT_SIZE WIDTH HEIGHT BYTES_PER_ROW ROTATION PIXELS_FILE
 *     postprocess INPUT_SIZE CLASSES REG_MAX CONFIDENCE STRIDE,STRIDE,... OUTPUT_FILE...
 *     top_k, with the same arguments: the most confident ones, without NMS
 *     letterbox_int8, postprocess_int8, with the same arguments: the model's input and outputs are int8
 *     TASK INPUT_SIZE WIDTH HEIGHT CLASSES CONFIDENCE MAX_DETECTIONS SHAPE,SHAPE,... OUTPUT_FILE...
 *         the task's postprocessing; a shape is 1x80x20x20; boxes, if any, are raw outputs by stride
 */
fun main(arguments: Array<String>) {
    val frame = when (arguments[0]) {
        "letterbox", "letterbox_int8" -> letterbox(arguments.drop(1), isInt8 = arguments[0] == "letterbox_int8")
        "postprocess", "postprocess_int8", "top_k" -> postprocess(arguments[0], arguments.drop(1))
        else -> task(arguments[0], arguments.drop(1))
    }
    val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
    val thread = Thread.currentThread().id
    while (true) {
        val count = (readlnOrNull() ?: return).toInt()
        val allocatedBefore = threads.getThreadAllocatedBytes(thread)
        val start = System.nanoTime()
        var result = 0
        for (i in 0 until count) result = frame.run()
        val nanoseconds = System.nanoTime() - start
        val allocated = threads.getThreadAllocatedBytes(thread) - allocatedBefore
        println("$nanoseconds $allocated $result")
    }
}

private fun interface Frame {
    fun run(): Int
}

private fun letterbox(arguments: List<String>, isInt8: Boolean): Frame {
    val (inputSize, width, height, bytesPerRow, rotation) = arguments.take(5).map { it.toInt() }
    val data = File(arguments[5]).readBytes()
    val pixels = ByteBuffer.allocateDirect(data.size).put(data)
    val steps = if (isInt8) Steps(1 / 255f, -128) else null
    val letterbox = BilinearPreprocessor(inputSize, inputSize, Normalization(steps = steps), ::planLetterbox)
    val input = letterbox.newInput()
    val view = PixelView(pixels, width, height, bytesPerRow, rotation)
    return Frame { letterbox.toTensor(view, input).resizedWidth }
}

private fun postprocess(stage: String, arguments: List<String>): Frame {
    val isEnd2end = stage == "top_k"
    val (inputSize, classes, regMax) = arguments.take(3).map { it.toInt() }
    val levels = arguments[4].split(',').map { Level(inputSize / it.toInt(), inputSize / it.toInt(), it.toInt()) }
    val steps = if (stage == "postprocess_int8") Steps(13 / 255f, 9) else null
    val outputs = arguments.drop(5).map { Numbers.of(read(it), steps) }.toTypedArray()
    val head = Head(if (isEnd2end) End2endContract else RawContract, classes, regMax, levels)
    val thresholds = Thresholds(arguments[3].toFloat(), iou = 0.7, maxDetections = 300)
    return Frame { head.contract.choose(decode(head, outputs, thresholds), thresholds).size }
}

private fun task(name: String, arguments: List<String>): Frame {
    val task = listOf(PoseTask, ObbTask, SegmentTask, ClassifyTask, SemanticTask, DepthTask).single { it.name == name }
    val (inputSize, width, height, classes) = arguments.take(4).map { it.toInt() }
    val shapes = arguments[6].split(',').map { shape -> shape.split('x').map { it.toInt() } }
    val levels = shapes.size / TENSORS
    val info = THE_MODEL.copy(
        task = task,
        inputHeight = inputSize,
        inputWidth = inputSize,
        contract = when (task) {
            ClassifyTask, SemanticTask -> LogitsContract
            DepthTask -> DepthContract
            else -> RawContract
        },
        outputShapes = shapes,
        regMax = shapes[0][1] / SIDES,
        strides = List(levels) { inputSize / shapes[TENSORS * it][2] },
        keptClasses = emptyList(),
        classNames = List(classes) { "class $it" },
        keypoints = 17,
        keypointValues = 3,
        keypointScale = 2f,
        keypointShift = -0.5f,
        angleRule = AngleRule.SIGMOID,
        maskCoefficients = shapes[minOf(2, shapes.size - 1)][1]
    )
    val outputs = arguments.drop(7).map { Numbers(read(it)) }.toTypedArray()
    val makePlan = if (task == DepthTask) ::planStretch else ::planLetterbox
    val plan = makePlan(width, height, inputSize, inputSize)
    val thresholds = Thresholds(arguments[4].toFloat(), iou = 0.7, maxDetections = arguments[5].toInt())
    val postprocessor = task.postprocessor(info)
    return Frame {
        val result = postprocessor.run(outputs, plan, thresholds)
        sizeOf(result).also { result.recycle() }
    }
}

/** Returns a number that equal results have in common. */
private fun sizeOf(result: VisionResult): Int = when (result) {
    is SegmentResult -> result.masks.parts.sumOf { it.width * it.height }
    is ClassifyResult -> result.classes.first().classId
    is SemanticResult -> result.classes.size
    else -> result.boxes.size
}

private fun read(file: String): FloatArray {
    val floats = ByteBuffer.wrap(File(file).readBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()
    return FloatArray(floats.remaining()).also { floats.get(it) }
}

private const val TENSORS = 3 // of a stride: boxes, classes, and the candidates' other values
private const val SIDES = 4
