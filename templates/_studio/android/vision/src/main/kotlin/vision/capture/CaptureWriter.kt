package vision.capture

import java.io.OutputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest
import vision.ModelInfo
import vision.ModelInput
import vision.Numbers
import vision.Thresholds
import vision.VisionResult
import vision.inHex

/** Copies of the model's input and outputs for one picture. A detector without a trace copies nothing. */
class Trace {
    /** Float32; the numbers of an int8 model are dequantized. */
    var input = FloatArray(0)
        private set

    /** As the model gave them, in its order. */
    var outputs = emptyList<FloatArray>()
        private set

    fun take(input: ModelInput, outputs: Array<Numbers>) {
        this.input = input.values()
        this.outputs = outputs.map { it.values() }
    }
}

/** Every stage of one picture. [found]: by the detector; [shown]: after the result processors. */
class Analysis(val trace: Trace, val thresholds: Thresholds, val found: VisionResult, val shown: VisionResult)

/**
 * Writes a capture for `edgegen explain`: a picture and its stages, in one tar archive of at most 10 MB, without the
 * picture's location and file name. metadata: the text of the model's metadata.yaml.
 */
class CaptureWriter(private val info: ModelInfo, private val device: String, metadata: String) {
    private val described = withoutTraining(metadata).toByteArray()

    /** The stream is left open. */
    fun write(out: OutputStream, picture: StoredPicture, analysis: Analysis) {
        val map = analysis.found.mapPng(MOST_MAP_BYTES)
        val found = analysis.found.report(info.classNames)
        val shown = analysis.shown.report(info.classNames)
        val trace = analysis.trace
        val input = Samples(INPUT, trace.input, stepFor(trace.input.size, INPUT_SAMPLES, info.inputWidth))
        val used = picture.png.size + (map?.size ?: 0) + json(found).length + json(shown).length +
            described.size + input.bytes.size + SPARE_BYTES
        val step = stepFor(trace.outputs.sumOf { it.size }, maxOf(MOST_BYTES - used, 0) / Float.SIZE_BYTES)
        val outputs = trace.outputs.mapIndexed { i, values -> Samples("output$i.bin", values, step) }

        val tar = Tar(out)
        val about = mapOf(
            "schema" to SCHEMA,
            "target" to "android",
            "app" to info.appName,
            "edgegen" to info.edgegenVersion,
            "executorch" to info.executorchVersion,
            "device" to device,
            "model" to mapOf("name" to info.name, "sha256" to info.sha256),
            "frame" to report(picture),
            "input" to input.report(),
            "outputs" to outputs.mapIndexed { i, one -> one.report() + ("shape" to info.outputShapes[i]) },
            "thresholds" to report(analysis.thresholds),
            "classes" to info.keptClasses,
            "width" to analysis.found.width,
            "height" to analysis.found.height,
            "map" to map?.let { MAP },
            "found" to found,
            "shown" to shown
        )
        tar.add("capture.json", json(about).toByteArray())
        tar.add("metadata.yaml", described)
        tar.add(FRAME, picture.png)
        map?.let { tar.add(MAP, it) }
        input.addTo(tar)
        for (one in outputs) one.addTo(tar)
        tar.end()
    }

    private fun report(picture: StoredPicture) = mapOf(
        "file" to FRAME,
        "width" to picture.view.width,
        "height" to picture.view.height,
        "bytes_per_row" to picture.view.bytesPerRow,
        "orientation" to picture.view.exifOrientation(),
        "halvings" to picture.halvings
    )

    private fun report(thresholds: Thresholds) = mapOf(
        "confidence" to thresholds.confidence,
        "iou" to thresholds.iou,
        "max_det" to thresholds.maxDetections,
        "agnostic" to thresholds.agnostic,
        "retina_masks" to false
    )

    private companion object {
        const val SCHEMA = 1
        const val FRAME = "frame.png"
        const val MAP = "map.png"
        const val INPUT = "input.bin"

        // As in the C++ app's capture.cpp
        const val MOST_BYTES = 10_000_000
        const val MOST_MAP_BYTES = 2_000_000
        const val SPARE_BYTES = 50_000 // for the rest of the JSON and the archive itself
        const val INPUT_SAMPLES = 50_000
    }
}

/** Removes what Ultralytics writes about the training, such as paths. */
private fun withoutTraining(metadata: String): String {
    var isKept = true
    return metadata.lines().filter { line ->
        if (line.isNotEmpty() && line[0] != ' ' && line[0] != '-') {
            isKept = !line.startsWith("description:") && !line.startsWith("args:")
        }
        isKept
    }.joinToString("\n")
}

/** Every [step]-th number as a file of a capture. */
private class Samples(private val file: String, private val all: FloatArray, private val step: Int) {
    /** Little-endian float32. */
    val bytes = FloatArray((all.size + step - 1) / step) { all[it * step] }.bytes()

    fun report() = mapOf(
        "file" to file,
        "values" to all.size,
        "step" to step,
        "sha256" to MessageDigest.getInstance("SHA-256").digest(if (step == 1) bytes else all.bytes()).inHex()
    )

    fun addTo(tar: Tar) = tar.add(file, bytes)

    private fun FloatArray.bytes(): ByteArray {
        val buffer = ByteBuffer.allocate(size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
        buffer.asFloatBuffer().put(this)
        return buffer.array()
    }
}

/** Returns the step between samples of this many numbers, so that at most [room] are left. */
private fun stepFor(numbers: Int, room: Int): Int = maxOf(1, (numbers + room - 1) / maxOf(room, 1))

/** The same, without a common divisor with the picture's width: otherwise some columns would have no samples. */
private fun stepFor(numbers: Int, room: Int, width: Int): Int {
    var step = stepFor(numbers, room)
    while (commonDivisor(step, width) > 1) ++step
    return step
}

private fun commonDivisor(a: Int, b: Int): Int = if (b == 0) a else commonDivisor(b, a % b)
