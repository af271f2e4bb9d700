package harness

import edgegen.Detector
import edgegen.Picture
import java.io.File
import java.nio.ByteBuffer
import org.example.shapes.LazyProcessor
import vision.PixelView
import vision.THE_MODEL
import vision.capture.Analysis
import vision.capture.CaptureWriter
import vision.capture.StoredPicture
import vision.capture.Trace

/**
 * The app's own detector and what follows it, on pictures out of files, without a screen. For each line of the input: the
 * model's folder, a file of RGBA bytes, width, height, bytes of a row, rotation, mirroring, confidence, and where to write.
 */
fun main() {
    for (line in generateSequence { readlnOrNull() }) {
        val (model, pixels, width, height, bytesPerRow) = line.split('\t')
        val (rotation, mirrored, confidence, capture) = line.split('\t').drop(5)
        val view = PixelView(
            ByteBuffer.wrap(File(pixels).readBytes()),
            width.toInt(),
            height.toInt(),
            bytesPerRow.toInt(),
            rotation.toInt(),
            mirrored.toBoolean()
        )
        val picture = StoredPicture.of(view)
        val trace = Trace()
        val thresholds = THE_MODEL.thresholds().let {
            if (confidence.isEmpty()) it else it.copy(confidence = confidence.toFloat())
        }
        Detector.load(File(model, "model.pte"), Detector.DEFAULT_THREADS, THE_MODEL).use { detector ->
            val found = detector.detect(picture.view, thresholds) {
                trace.take(detector.input, detector.outputs)
            }.result
            val shown = LazyProcessor().process(found, Picture(picture.view), THE_MODEL.classNames).result
            val writer = CaptureWriter(THE_MODEL, "a test's JVM", File(model, "metadata.yaml").readText())
            File(capture).outputStream().use { writer.write(it, picture, Analysis(trace, thresholds, found, shown)) }
        }
        println("written")
    }
}
