package harness

import java.io.DataInputStream
import vision.AngleRule
import vision.ByteTrack
import vision.Candidate
import vision.ClassifyPostprocessor
import vision.DenseMap
import vision.DepthPostprocessor
import vision.Detection
import vision.Head
import vision.KeypointRule
import vision.Keypoints
import vision.LetterboxPlan
import vision.Level
import vision.MaskMaker
import vision.Numbers
import vision.ObbPostprocessor
import vision.ObbResult
import vision.PosePostprocessor
import vision.PoseResult
import vision.RotatedBox
import vision.RotatedTracks
import vision.SegmentPostprocessor
import vision.SemanticPostprocessor
import vision.Thresholds
import vision.VisionResult
import vision.decodeRotated
import vision.keypointsAt
import vision.planStretch
import vision.rotatedNms
import vision.toImage

/** The commands of [Session] that belong to one task each; tasks.py is the other end. */
internal class TaskCommands {

    /** Returns whether there is such a command. */
    fun run(command: String, input: DataInputStream, answer: Answer): Boolean {
        when (command) {
            "keypoints" -> keypoints(input, answer)
            "pose" -> pose(input, answer)
            "decode rotated" -> decodeRotated(input, answer)
            "rotated nms" -> rotatedNms(input, answer)
            "obb" -> obb(input, answer)
            "segment" -> segment(input, answer)
            "classify" -> classify(input, answer)
            "semantic" -> semantic(input, answer)
            "depth" -> depth(input, answer)
            "track" -> track(input, answer)
            else -> return false
        }
        return true
    }

    /** The boxes of all frames, one after the other. */
    private fun track(input: DataInputStream, answer: Answer) {
        val isTurned = input.readBoolean()
        val tracker = if (isTurned) ByteTrack(RotatedTracks()) else ByteTrack()
        val frames = List(input.readInt()) { readFloats(input) to readFloats(input) }
        for ((boxes, scores) in frames) {
            val shown = tracker.process(if (isTurned) turned(boxes, scores) else upright(boxes, scores))
            answer.ints(shown.boxes.map { it.track }.toIntArray())
            answer.ints(shown.boxes.map { it.index }.toIntArray())
            answer.floats(numbers(shown).toFloatArray())
        }
    }

    /** With a keypoint of each, which has to stay with it. */
    private fun upright(boxes: FloatArray, scores: FloatArray) = PoseResult(
        width = 640,
        height = 480,
        List(scores.size) { i ->
            val (x1, y1, x2, y2) = boxes.copyOfRange(4 * i, 4 * i + 4)
            Detection(x1, y1, x2, y2, scores[i], classId = 0, index = i)
        },
        List(scores.size) { Keypoints(floatArrayOf(it.toFloat(), 0f, 0f)) }
    )

    private fun turned(boxes: FloatArray, scores: FloatArray): ObbResult {
        val rotated = List(scores.size) { i ->
            val (x, y, width, height, angle) = boxes.copyOfRange(5 * i, 5 * i + 5)
            RotatedBox(x, y, width, height, angle)
        }
        val bounds = List(scores.size) { Detection(0f, 0f, 0f, 0f, scores[it], classId = 0, index = it) }
        return ObbResult(width = 640, height = 480, bounds, rotated)
    }

    private fun numbers(result: VisionResult) = if (result is ObbResult) {
        result.rotated.zip(result.boxes).flatMap { (box, bounds) ->
            val corners = box.cornersInto(FloatArray(8))
            check(bounds.x1 == corners.filterIndexed { i, _ -> i % 2 == 0 }.minOrNull()) { "other bounds" }
            listOf(box.x, box.y, box.width, box.height, box.angle)
        }
    } else {
        val points = (result as PoseResult).keypoints.map { it.x(0).toInt() }
        check(points == result.boxes.map { it.index }) { "keypoints of other boxes" }
        result.boxes.flatMap { listOf(it.x1, it.y1, it.x2, it.y2) }
    }

    private fun keypoints(input: DataInputStream, answer: Answer) {
        val outputs = readOutputs(input)
        val head = readHead(input)
        val rule = readKeypointRule(input)
        val plan = readPlan(input)
        val indices = List(input.readInt()) { input.readInt() } // all that is sent is read, whatever fails then
        val decoded = indices.map { keypointsAt(head, rule, outputs, it) }
        answer.floats(decoded.flatMap { it.toList() }.toFloatArray())
        answer.keypoints(decoded.map { toImage(it, plan) })
    }

    private fun pose(input: DataInputStream, answer: Answer) {
        val outputs = readOutputs(input)
        val head = readHead(input)
        val postprocessor = PosePostprocessor(head, readKeypointRule(input), readKeep(input, head.classes))
        val result = postprocessor.run(outputs, readPlan(input), readThresholds(input))
        answer.detections(result.boxes)
        answer.keypoints(result.keypoints)
        check(result.filter { true }.boxes == result.boxes && result.filter { false }.keypoints.isEmpty())
        val everySecond = result.boxes.filterIndexed { i, _ -> i % 2 == 1 }.toSet()
        val expected = result.keypoints.filterIndexed { i, _ -> result.boxes[i] in everySecond }
        check(result.filter { it in everySecond }.keypoints == expected) { "keypoints of other boxes" }
    }

    private fun decodeRotated(input: DataInputStream, answer: Answer) {
        val outputs = readOutputs(input)
        val head = readHead(input)
        val rule = AngleRule.valueOf(input.readUTF())
        val keep = readKeep(input, head.classes)
        answer.candidates(decodeRotated(head, rule, outputs, readThresholds(input), keep), numbers = 5)
    }

    private fun rotatedNms(input: DataInputStream, answer: Answer) {
        val boxes = readFloats(input)
        val scores = readFloats(input)
        val classIds = readFloats(input)
        val candidates = scores.indices.map { i ->
            Candidate(boxes.copyOfRange(5 * i, 5 * i + 5), scores[i], classIds[i].toInt(), i)
        }
        answer.places(rotatedNms(candidates, input.readDouble(), input.readInt(), input.readBoolean(), input.readInt()))
    }

    private fun obb(input: DataInputStream, answer: Answer) {
        val outputs = readOutputs(input)
        val head = readHead(input)
        val rule = AngleRule.valueOf(input.readUTF())
        val postprocessor = ObbPostprocessor(head, rule, readKeep(input, head.classes))
        val result = postprocessor.run(outputs, readPlan(input), readThresholds(input))
        answer.detections(result.boxes)
        answer.floats(result.rotated.flatMap { listOf(it.x, it.y, it.width, it.height, it.angle) }.toFloatArray())
        answer.floats(result.rotated.flatMap { it.cornersInto(FloatArray(8)).toList() }.toFloatArray())
        val everySecond = result.boxes.filterIndexed { i, _ -> i % 2 == 1 }.toSet()
        val expected = result.rotated.filterIndexed { i, _ -> result.boxes[i] in everySecond }
        check(result.filter { it in everySecond }.rotated == expected) { "rotated boxes of others" }
    }

    /** Twice: the second time in the first one's memory, which then holds what must not matter. */
    private fun segment(input: DataInputStream, answer: Answer) {
        val outputs = readOutputs(input)
        val head = readHead(input)
        val (protoWidth, protoHeight) = listOf(input.readInt(), input.readInt())
        val keep = readKeep(input, head.classes)
        val plan = readPlan(input)
        val maker = MaskMaker(head.extras, protoWidth, protoHeight, plan.inputWidth, plan.inputHeight)
        val postprocessor = SegmentPostprocessor(head, maker, keep)
        val thresholds = readThresholds(input)
        val first = postprocessor.run(outputs, plan, thresholds).masks
        first.pixels.fill(1)
        first.recycle()
        val result = postprocessor.run(outputs, plan, thresholds)
        check(result.masks.pixels === first.pixels) { "masks that were recycled are not used again" }
        val other = postprocessor.run(outputs, plan, thresholds) // in memory that grows with every mask
        check(other.masks.pixels !== first.pixels || first.pixels.isEmpty()) {
            "masks that were not recycled are used again"
        }
        for (i in result.boxes.indices) {
            check(other.masks.bitmap(i).contentEquals(result.masks.bitmap(i))) { "pixels are lost" }
        }
        answer.detections(result.boxes)
        for (i in result.boxes.indices) answer.bytes(result.masks.bitmap(i))
        for (i in result.boxes.indices) answer.floats(result.polygon(i).flatten().toFloatArray())
        val everySecond = result.boxes.filterIndexed { i, _ -> i % 2 == 1 }.toSet()
        val filtered = result.filter { it in everySecond }
        for (i in filtered.boxes.indices) {
            val at = result.boxes.indexOf(filtered.boxes[i])
            check(filtered.masks.bitmap(i).contentEquals(result.masks.bitmap(at))) { "masks of other boxes" }
        }
    }

    private fun classify(input: DataInputStream, answer: Answer) {
        val isLogits = input.readBoolean()
        val output = readFloats(input)
        val postprocessor = ClassifyPostprocessor(isLogits, readKeep(input, output.size))
        val plan = readPlan(input)
        val thresholds = readThresholds(input)
        val outputs = arrayOf(Numbers(output))
        val before = output.copyOf()
        val result = postprocessor.run(outputs, plan, thresholds)
        check(output.contentEquals(before)) { "the outputs were changed" }
        check(postprocessor.run(outputs, plan, thresholds) == result) { "another result of the same outputs" }
        check(result.width == plan.sourceWidth && result.height == plan.sourceHeight && result.boxes.isEmpty())
        answer.ints(result.classes.map { it.classId }.toIntArray())
        answer.floats(result.classes.map { it.score }.toFloatArray())
    }

    /** After other pictures, of another size and of the same: in their memory, which holds what must not matter. */
    private fun semantic(input: DataInputStream, answer: Answer) {
        val logits = arrayOf(Numbers(readFloats(input)))
        val plan = readPlan(input)
        val (count, width, height) = List(3) { input.readInt() }
        val map = DenseMap(count, width, height, plan.inputWidth, plan.inputHeight, corners = false)
        val postprocessor = SemanticPostprocessor(map, count, readKeep(input, count))
        val others = arrayOf(Numbers(logits[0].floats.reversedArray()))
        val first = postprocessor.run(others, plan.ofLarger(), NO_THRESHOLDS)
        first.recycle()
        postprocessor.run(others, plan, NO_THRESHOLDS).recycle()
        first.map.values.fill(7)
        val result = postprocessor.run(logits, plan, NO_THRESHOLDS)
        check(result.map.values === first.map.values) { "maps that were recycled are not used again" }
        check(postprocessor.run(logits, plan, NO_THRESHOLDS).map.values !== first.map.values) {
            "maps that were not recycled are used again"
        }
        val (runs, values) = result.map.runs()
        answer.ints(runs.toIntArray())
        answer.ints(values.toIntArray())
        answer.ints(result.classes.map { it.value }.toIntArray())
        answer.floats(result.classes.map { it.share }.toFloatArray())
    }

    /** As [semantic]. */
    private fun depth(input: DataInputStream, answer: Answer) {
        val distances = arrayOf(Numbers(readFloats(input)))
        val plan = readPlan(input)
        val (width, height) = List(2) { input.readInt() }
        val map = DenseMap(count = 1, width, height, plan.inputWidth, plan.inputHeight, corners = true)
        val postprocessor = DepthPostprocessor(map)
        val others = arrayOf(Numbers(distances[0].floats.reversedArray()))
        val first = postprocessor.run(others, plan.ofLarger(), NO_THRESHOLDS)
        first.recycle()
        postprocessor.run(others, plan, NO_THRESHOLDS).recycle()
        first.map.values.fill(7f)
        val result = postprocessor.run(distances, plan, NO_THRESHOLDS)
        check(result.map.values === first.map.values) { "maps that were recycled are not used again" }
        answer.floats(result.map.values.copyOf(result.width * result.height))
        answer.floats(floatArrayOf(result.lowest, result.highest))
    }
}

/** Of a larger picture. */
private fun LetterboxPlan.ofLarger() = planStretch(sourceWidth + 2, sourceHeight + 1, inputWidth, inputHeight)

private val NO_THRESHOLDS = Thresholds(confidence = 0f, iou = 0.0, maxDetections = 0)

internal fun readPlan(input: DataInputStream): LetterboxPlan {
    val (sourceHeight, sourceWidth, inputHeight, inputWidth) = List(4) { input.readInt() }
    val (resizedHeight, resizedWidth, left, top) = List(4) { input.readInt() }
    return LetterboxPlan(
        sourceWidth,
        sourceHeight,
        inputWidth,
        inputHeight,
        resizedWidth,
        resizedHeight,
        left,
        top,
        gainX = input.readDouble(),
        gainY = input.readDouble()
    )
}

private fun readOutputs(input: DataInputStream) = Array(input.readInt()) { readNumbers(input) }

private fun readHead(input: DataInputStream): Head {
    val contract = contractOf(input.readUTF())
    val classes = input.readInt()
    val regMax = input.readInt()
    val extras = input.readInt()
    val candidates = input.readInt()
    val levels = List(input.readInt()) { Level(input.readInt(), input.readInt(), input.readInt()) }
    return Head(contract, classes, regMax, levels, extras, candidates)
}

private fun readKeypointRule(input: DataInputStream) =
    KeypointRule(input.readInt(), input.readInt(), input.readFloat(), input.readFloat())

private fun readThresholds(input: DataInputStream) =
    Thresholds(input.readFloat(), input.readDouble(), input.readInt(), input.readBoolean())

private fun Answer.keypoints(all: List<Keypoints>) = floats(
    all.flatMap { one ->
        (0 until one.size).flatMap { listOf(one.x(it), one.y(it), one.score(it)) }
    }.toFloatArray()
)
