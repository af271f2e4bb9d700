package turns

import com.sun.management.ThreadMXBean
import java.io.File
import java.lang.management.ManagementFactory
import java.nio.ByteBuffer
import java.nio.ByteOrder
import vision.Decoder
import vision.Head
import vision.Letterbox
import vision.Level
import vision.Nms
import vision.Normalization
import vision.PixelFormat
import vision.PixelView

/**
 * One stage of the Kotlin core, frame after frame. For each number of frames on standard input, runs so many and prints
 * the nanoseconds and the bytes allocated, of all of them together, and what the last one gave.
 *
 *     letterbox INPUT_SIZE WIDTH HEIGHT BYTES_PER_ROW ROTATION PIXELS_FILE
 *     postprocess INPUT_SIZE CLASSES REG_MAX CONFIDENCE STRIDE,STRIDE,... OUTPUT_FILE...
 *     top_k, with the same arguments: the best ones, without NMS
 */
fun main(arguments: Array<String>) {
    val frame = when (arguments[0]) {
        "letterbox" -> letterbox(arguments.drop(1))
        "postprocess", "top_k" -> postprocess(arguments.drop(1), isEnd2end = arguments[0] == "top_k")
        else -> error("no such stage: ${arguments[0]}")
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

private fun letterbox(arguments: List<String>): Frame {
    val (inputSize, width, height, bytesPerRow, rotation) = arguments.take(5).map { it.toInt() }
    val data = File(arguments[5]).readBytes()
    val pixels = ByteBuffer.allocateDirect(data.size).put(data)
    val bytes = ByteBuffer.allocateDirect(3 * inputSize * inputSize * Float.SIZE_BYTES).order(ByteOrder.nativeOrder())
    val tensor = bytes.asFloatBuffer()
    val letterbox = Letterbox(inputSize, inputSize, Normalization())
    val view = PixelView()
    return Frame {
        view.set(pixels, width, height, bytesPerRow, PixelFormat.RGBA, rotation)
        letterbox.toTensor(view, tensor).resizedWidth
    }
}

private fun postprocess(arguments: List<String>, isEnd2end: Boolean): Frame {
    val (inputSize, classes, regMax) = arguments.take(3).map { it.toInt() }
    val levels = arguments[4].split(',').map { Level(inputSize / it.toInt(), inputSize / it.toInt(), it.toInt()) }
    val outputs = arguments.drop(5).map { file ->
        val floats = ByteBuffer.wrap(File(file).readBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()
        FloatArray(floats.remaining()).also { floats.get(it) }
    }.toTypedArray()
    val decoder = Decoder(if (isEnd2end) Head.End2end(classes, regMax, levels) else Head.Raw(classes, regMax, levels))
    val confidence = arguments[3].toFloat()
    val nms = Nms()
    return Frame {
        val candidates = decoder.decode(outputs, confidence)
        val kept = if (isEnd2end) nms.best(candidates, 300) else nms.run(candidates, iou = 0.7, maxDetections = 300)
        kept.size
    }
}
