package harness

import java.io.DataInputStream
import java.io.DataOutputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.function.BiFunction
import vision.BilinearPreprocessor
import vision.Candidate
import vision.CentreCrop
import vision.DecodedContract
import vision.Detection
import vision.DetectionsContract
import vision.End2endContract
import vision.Head
import vision.LetterboxPlan
import vision.Level
import vision.MultilabelContract
import vision.Normalization
import vision.Numbers
import vision.PixelView
import vision.Preprocessor
import vision.RawContract
import vision.Steps
import vision.Thresholds
import vision.decode
import vision.mostConfident
import vision.nms
import vision.planLetterbox
import vision.planLetterboxTopLeft
import vision.planStretch
import vision.toImage

private val CONTRACTS =
    listOf(RawContract, End2endContract, DecodedContract, MultilabelContract, DetectionsContract)

internal fun contractOf(name: String) = CONTRACTS.first { it.name == name }

/**
 * The Kotlin core behind a stream of commands; jvm.py is the other end. Loaded by a class loader of its own, so that one
 * JVM can run many cores. Returns false at the end of the stream.
 */
class Session : BiFunction<DataInputStream, DataOutputStream, Boolean> {
    private val letterboxes = HashMap<Int, Preprocessor>()
    private val tasks = TaskCommands()

    override fun apply(input: DataInputStream, output: DataOutputStream): Boolean {
        val answer = Answer()
        try {
            when (val command = input.readUTF()) {
                "plan" -> answer.plan(makePlan(input))
                "new letterbox" -> newPreprocessor(input, ::readLetterbox)
                "new crop" -> newPreprocessor(input, ::readCrop)
                "free letterbox" -> letterboxes.remove(input.readInt())
                "letterbox" -> runLetterbox(input, answer)
                "decode levels" -> decodeLevels(input, answer)
                "decode one" -> decodeOne(input, answer)
                "best" -> runBest(input, answer)
                "nms" -> runNms(input, answer)
                "to image" -> backToImage(input, answer)
                "end" -> return false
                else -> if (!tasks.run(command, input, answer)) error("no such command: $command")
            }
        } catch (e: IllegalArgumentException) {
            answer.refuse("refused: ${e.message}")
        } catch (e: RuntimeException) {
            answer.refuse("failed: $e")
        }
        answer.writeTo(output)
        return true
    }

    private fun makePlan(input: DataInputStream): LetterboxPlan {
        val makePlan = PLANS.getValue(input.readUTF())
        return makePlan(input.readInt(), input.readInt(), input.readInt(), input.readInt())
    }

    private fun newPreprocessor(
        input: DataInputStream,
        read: (DataInputStream, Int, Int, Normalization) -> Preprocessor
    ) {
        val handle = input.readInt()
        val width = input.readInt()
        val height = input.readInt()
        val scale = input.readDouble()
        val mean = DoubleArray(3) { input.readDouble() }
        val std = DoubleArray(3) { input.readDouble() }
        val normalization = Normalization(scale, mean, std, input.readInt(), input.readBoolean(), readSteps(input))
        letterboxes[handle] = read(input, width, height, normalization)
    }

    private fun readLetterbox(input: DataInputStream, width: Int, height: Int, how: Normalization) =
        BilinearPreprocessor(width, height, how, PLANS.getValue(input.readUTF()))

    private fun readCrop(input: DataInputStream, width: Int, height: Int, how: Normalization) =
        CentreCrop(width, height, how, shorterSide = input.readInt(), isBicubic = input.readBoolean())

    private fun runLetterbox(input: DataInputStream, answer: Answer) {
        val letterbox = letterboxes.getValue(input.readInt())
        val asTensor = input.readBoolean()
        val inputWidth = input.readInt()
        val inputHeight = input.readInt()
        val width = input.readInt()
        val height = input.readInt()
        val bytesPerRow = input.readInt()
        val rotation = input.readInt()
        val mirrored = input.readBoolean()
        val place = input.readUTF()
        val data = ByteArray(input.readInt()).also { input.readFully(it) }

        val pixels = if (place == "heap") ByteBuffer.wrap(data) else ByteBuffer.allocateDirect(data.size).put(data)
        val (position, limit) = Pair(pixels.position(), pixels.limit())
        val view = PixelView(pixels, width, height, bytesPerRow, rotation, mirrored)
        val values = 3 * inputWidth * inputHeight
        if (asTensor) {
            val tensor = letterbox.newInput()
            for (i in 0 until tensor.bytes.capacity()) tensor.bytes.put(i, 0x5A)
            answer.plan(letterbox.toTensor(view, tensor))
            val copy = letterbox.newInput().also { it.put(tensor) }
            answer.bytes(ByteArray(copy.bytes.capacity()) { copy.bytes.get(it) })
            answer.floats(tensor.values())
        } else {
            val bytes = ByteArray(values) { 0x5A }
            answer.plan(letterbox.toBytes(view, bytes))
            answer.bytes(bytes)
        }
        check(pixels.position() == position && pixels.limit() == limit) { "the picture's buffer was moved" }
    }

    private fun decodeLevels(input: DataInputStream, answer: Answer) {
        val classes = input.readInt()
        val regMax = input.readInt()
        val levels = List(input.readInt()) { Level(input.readInt(), input.readInt(), input.readInt()) }
        val confidence = input.readFloat()
        val keep = readKeep(input, classes)
        val isEnd2end = input.readBoolean()
        val maxDetections = input.readInt()
        val agnostic = input.readBoolean()
        val outputs = Array(2 * levels.size) { readNumbers(input) }
        val head = Head(if (isEnd2end) End2endContract else RawContract, classes, regMax, levels)
        val thresholds = Thresholds(confidence, iou = 0.0, maxDetections, agnostic)
        answer.candidates(decode(head, outputs, thresholds, keep))
    }

    private fun decodeOne(input: DataInputStream, answer: Answer) {
        val contract = contractOf(input.readUTF())
        val classes = input.readInt()
        val candidates = input.readInt()
        val confidence = input.readFloat()
        val keep = readKeep(input, classes)
        val head = Head(contract, classes, candidates = candidates)
        val thresholds = Thresholds(confidence, iou = 0.0, maxDetections = 0)
        answer.candidates(decode(head, arrayOf(readNumbers(input)), thresholds, keep))
    }

    private fun runBest(input: DataInputStream, answer: Answer) {
        val candidates = readFloats(input).mapIndexed { i, score -> Candidate(FloatArray(4), score, 0, i) }
        val inOrder = input.readBoolean()
        val maxDetections = input.readInt()
        val chosen = if (inOrder) {
            DetectionsContract.choose(candidates, Thresholds(0f, 0.0, maxDetections))
        } else {
            mostConfident(candidates, maxDetections)
        }
        answer.places(chosen)
    }

    private fun runNms(input: DataInputStream, answer: Answer) {
        val candidates = readCandidates(input)
        answer.places(nms(candidates, input.readDouble(), input.readInt(), input.readBoolean(), input.readInt()))
    }

    private fun backToImage(input: DataInputStream, answer: Answer) {
        val plan = readPlan(input)
        val candidates = readCandidates(input)
        answer.detections(toImage(candidates, plan))
    }

    private fun readCandidates(input: DataInputStream): List<Candidate> {
        val box = readFloats(input)
        val score = readFloats(input)
        val classId = readFloats(input)
        return score.indices.map { i ->
            Candidate(box.copyOfRange(4 * i, 4 * i + 4), score[i], classId[i].toInt(), i)
        }
    }
}

/** By the resize's name in the metadata. */
private val PLANS = mapOf(
    "letterbox" to ::planLetterbox,
    "letterbox_top_left" to ::planLetterboxTopLeft,
    "stretch" to ::planStretch
)

internal fun readKeep(input: DataInputStream, classes: Int): BooleanArray? =
    if (input.readBoolean()) BooleanArray(classes) { input.readBoolean() } else null

internal fun readSteps(input: DataInputStream): Steps? =
    if (input.readBoolean()) Steps(input.readFloat(), input.readInt()) else null

internal fun readNumbers(input: DataInputStream): Numbers {
    val steps = readSteps(input) ?: return Numbers(readFloats(input))
    return Numbers(ByteArray(input.readInt()).also { input.readFully(it) }, steps)
}

internal fun readFloats(input: DataInputStream): FloatArray {
    val data = ByteArray(input.readInt() * Float.SIZE_BYTES).also { input.readFully(it) }
    return FloatArray(data.size / Float.SIZE_BYTES).also { littleEndian(data).asFloatBuffer().get(it) }
}

/** Parts of an answer: for each its length in bytes, then the bytes; a message first, empty when all went well. */
internal class Answer {
    private val parts = ArrayList<ByteArray>()
    private var refusal = ""

    fun refuse(message: String) {
        refusal = message
    }

    fun bytes(bytes: ByteArray) {
        parts.add(bytes)
    }

    fun ints(values: IntArray) = part(values.size) { buffer -> values.forEach { buffer.putInt(it) } }

    fun floats(values: FloatArray, count: Int = values.size) = part(count) { it.asFloatBuffer().put(values, 0, count) }

    fun plan(plan: LetterboxPlan) {
        ints(
            intArrayOf(
                plan.sourceHeight,
                plan.sourceWidth,
                plan.inputHeight,
                plan.inputWidth,
                plan.resizedHeight,
                plan.resizedWidth,
                plan.left,
                plan.top
            )
        )
        part(4) { it.putDouble(plan.gainX).putDouble(plan.gainY) }
    }

    fun detections(boxes: List<Detection>) {
        for (side in listOf(Detection::x1, Detection::y1, Detection::x2, Detection::y2, Detection::score)) {
            floats(boxes.map(side).toFloatArray())
        }
        ints(boxes.map { it.classId }.toIntArray())
        ints(boxes.map { it.index }.toIntArray())
    }

    /** Columns of the boxes, scores, classes and indices. */
    fun candidates(candidates: List<Candidate>, numbers: Int = 4) {
        for (i in 0 until numbers) floats(candidates.map { it.box[i] }.toFloatArray())
        floats(candidates.map { it.score }.toFloatArray())
        ints(candidates.map { it.classId }.toIntArray())
        places(candidates)
    }

    fun places(candidates: List<Candidate>) = ints(candidates.map { it.index }.toIntArray())

    private fun part(words: Int, fill: (ByteBuffer) -> Unit) {
        val data = ByteArray(words * Int.SIZE_BYTES)
        fill(littleEndian(data))
        parts.add(data)
    }

    fun writeTo(output: DataOutputStream) {
        output.writeUTF(refusal)
        output.writeInt(if (refusal.isEmpty()) parts.size else 0)
        if (refusal.isEmpty()) {
            for (data in parts) {
                output.writeInt(data.size)
                output.write(data)
            }
        }
        output.flush()
    }
}

private fun littleEndian(data: ByteArray): ByteBuffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)
