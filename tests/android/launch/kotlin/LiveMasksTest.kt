package launch

import java.io.File
import kotlin.math.sin
import org.example.shapes.BoxLayer
import org.example.shapes.LabelLayer
import org.example.shapes.MaskPainter
import org.example.shapes.PaintingLayer
import org.json.JSONArray
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import vision.DecodedContract
import vision.Numbers
import vision.SegmentTask
import vision.THE_MODEL
import vision.Thresholds
import vision.planLetterbox

/** Tests of the cost of ten masks in a camera frame. System property `live.frames`: the number of frames to time. */
@RunWith(RobolectricTestRunner::class)
class LiveMasksTest {
    private val classes = THE_MODEL.classNames.size
    private val values = SIDES + classes + COEFFICIENTS
    private val model = THE_MODEL.copy(
        task = SegmentTask,
        contract = DecodedContract,
        inputWidth = INPUT,
        inputHeight = INPUT,
        strides = emptyList(),
        outputShapes = listOf(listOf(1, values, MASKS), listOf(1, COEFFICIENTS, PROTOTYPE, PROTOTYPE)),
        maskCoefficients = COEFFICIENTS
    )
    private val plan = planLetterbox(LiveDrawing.WIDTH, LiveDrawing.HEIGHT, INPUT, INPUT)
    private val postprocessor = model.task.postprocessor(model, shownClasses = null)
    private val outputs = arrayOf(Numbers(candidates()), Numbers(prototypes()))
    private val painter = MaskPainter()
    private val live = LiveDrawing(
        model,
        listOf(
            PaintingLayer(),
            BoxLayer(LiveDrawing.STROKE_WIDTH),
            LabelLayer(LiveDrawing.TEXT_SIZE, LiveDrawing.STROKE_WIDTH)
        ),
        { postprocessor.run(outputs, plan, Thresholds(confidence = 0.25f, iou = 0.7, maxDetections = 300)) },
        painter::paint
    )

    @Test
    fun frameAllocatesNoMemoryOfAMasksSize() {
        val found = postprocessor.run(outputs, plan, Thresholds(confidence = 0.25f, iou = 0.7, maxDetections = 300))
        assertEquals(MASKS, found.boxes.size)
        live.use { it.needsNoMemory() }
    }

    @Test
    fun frameTimesAreWrittenToAFile() {
        val frames = Integer.getInteger("live.frames") ?: return
        val cost = live.use {
            it.run(frames)
            it.run(frames)
        }
        val answer = JSONObject()
            .put("drawing", JSONArray(cost.drawing))
            .put("painting", JSONArray(cost.painting))
            .put("bytes", JSONArray(listOf(cost.drawn + cost.made)))
        File(System.getProperty("out")!!, "live-masks.json").writeText(answer.toString())
    }

    /** Two rows of five boxes, the lower over the upper, each with different coefficients. */
    private fun candidates(): FloatArray {
        val all = FloatArray(values * MASKS)
        for (i in 0 until MASKS) {
            val box = floatArrayOf(80f + 120 * (i % 5), 230f + 180 * (i / 5), 180f, 200f)
            for (k in 0 until SIDES) all[k * MASKS + i] = box[k]
            all[(SIDES + i % classes) * MASKS + i] = 0.9f - 0.01f * i
            for (c in 0 until COEFFICIENTS) all[(SIDES + classes + c) * MASKS + i] = sin(1.7f * c + i)
        }
        return all
    }

    /** Waves of every length. */
    private fun prototypes() = FloatArray(COEFFICIENTS * PROTOTYPE * PROTOTYPE) { i ->
        val c = i / (PROTOTYPE * PROTOTYPE)
        val x = i % PROTOTYPE
        val y = i / PROTOTYPE % PROTOTYPE
        sin((c + 1) * x / 60f + c) + sin((c + 2) * y / 75f)
    }

    private companion object {
        const val MASKS = 10
        const val INPUT = 640
        const val PROTOTYPE = 160 // its width and height
        const val COEFFICIENTS = 32
        const val SIDES = 4
    }
}
