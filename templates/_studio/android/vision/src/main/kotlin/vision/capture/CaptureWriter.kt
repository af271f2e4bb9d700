package vision.capture

import java.io.OutputStream
import vision.ModelInfo
import vision.Thresholds

/**
 * Writes what `edgegen explain` replays: a picture, and what became of it at every stage, in one tar archive of at most 10 MB.
 * Nothing of where the picture was made or lies is in it. metadata: the text of the model's metadata.yaml.
 */
class CaptureWriter(private val info: ModelInfo, private val device: String, metadata: String) {
    private val described = withoutTraining(metadata).toByteArray()

    /** [seen]: what became of the picture. The stream is left open. */
    fun write(out: OutputStream, picture: StoredPicture, seen: Seen) {
        val map = seen.found.mapPng(MOST_MAP_BYTES)
        val found = seen.found.told(info.classNames)
        val shown = seen.shown.told(info.classNames)
        val trace = seen.trace
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
            "frame" to told(picture),
            "input" to input.told(),
            "outputs" to outputs.mapIndexed { i, one -> one.told(mapOf("shape" to info.outputShapes[i])) },
            "thresholds" to told(seen.thresholds),
            "classes" to info.keptClasses,
            "width" to seen.found.width,
            "height" to seen.found.height,
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

    private fun told(picture: StoredPicture) = mapOf(
        "file" to FRAME,
        "width" to picture.view.width,
        "height" to picture.view.height,
        "bytes_per_row" to picture.view.bytesPerRow,
        "orientation" to picture.view.exifOrientation(),
        "halvings" to picture.halvings
    )

    private fun told(thresholds: Thresholds) = mapOf(
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

        // As the C++ app has them, in src/app/capture.cpp
        const val MOST_BYTES = 10_000_000
        const val MOST_MAP_BYTES = 2_000_000
        const val SPARE_BYTES = 50_000 // for the rest of the JSON and the archive itself
        const val INPUT_SAMPLES = 50_000
    }
}

/** Less what tells where the model was trained, in the files of Ultralytics. */
private fun withoutTraining(metadata: String): String {
    var isKept = true
    return metadata.lines().filter { line ->
        if (line.isNotEmpty() && line[0] != ' ' && line[0] != '-') {
            isKept = !line.startsWith("description:") && !line.startsWith("args:")
        }
        isKept
    }.joinToString("\n")
}
