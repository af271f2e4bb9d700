package launch

import org.example.shapes.ClassMapPainter
import org.example.shapes.DepthLayer
import org.example.shapes.DepthPainter
import org.example.shapes.Legend
import org.example.shapes.PaintingLayer
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import vision.DenseMap
import vision.DepthPostprocessor
import vision.Numbers
import vision.SemanticPostprocessor
import vision.THE_MODEL
import vision.Thresholds
import vision.planLetterbox
import vision.planStretch

/** Tests of the memory for the class map and the depth map of a camera frame. */
@RunWith(RobolectricTestRunner::class)
class LiveMapsTest {
    private val noThresholds = Thresholds(confidence = 0f, iou = 0.0, maxDetections = 0)
    private val wide = planLetterbox(LiveDrawing.WIDTH, LiveDrawing.HEIGHT, INPUT, INPUT)
    private val text = LiveDrawing.TEXT_SIZE
    private val margin = LiveDrawing.STROKE_WIDTH

    @Test
    fun classMapAllocatesNoMemoryOfItsSize() {
        val maps = DenseMap(CLASSES, INPUT, INPUT, INPUT, INPUT, corners = false)
        val postprocessor = SemanticPostprocessor(maps, CLASSES)
        val outputs = arrayOf(Numbers(FloatArray(CLASSES * INPUT * INPUT) { i -> (i % 97 - 48) / 10f }))
        val painter = ClassMapPainter()
        val layers = listOf(PaintingLayer(), Legend(text, margin))
        LiveDrawing(THE_MODEL, layers, { postprocessor.run(outputs, wide, noThresholds) }, painter::paint)
            .use { it.needsNoMemory() }
    }

    @Test
    fun depthMapAllocatesNoMemoryOfItsSize() {
        val maps = DenseMap(count = 1, INPUT, INPUT, INPUT, INPUT, corners = true)
        val postprocessor = DepthPostprocessor(maps)
        val outputs = arrayOf(Numbers(FloatArray(INPUT * INPUT) { i -> 1 + i % INPUT / 100f }))
        val painter = DepthPainter()
        val plan = planStretch(LiveDrawing.WIDTH, LiveDrawing.HEIGHT, INPUT, INPUT)
        LiveDrawing(
            THE_MODEL,
            listOf(DepthLayer(text, margin)),
            { postprocessor.run(outputs, plan, noThresholds) },
            painter::paint
        ).use { it.needsNoMemory() }
    }

    private companion object {
        const val INPUT = 160
        const val CLASSES = 3
    }
}
