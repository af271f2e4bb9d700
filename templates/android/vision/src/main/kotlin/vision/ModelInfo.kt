package vision

import java.math.BigInteger

/** The layout of the outputs. Those with boxes have a file each: a project has those of its models. */
interface Contract {
    /** The name in the metadata: `raw`. */
    val name: String

    /** One object may have many boxes. */
    val needsNms: Boolean get() = false
}

/** How an angle is coded: in radians; (sigmoid - 1/4) * pi; the output itself. */
enum class AngleRule { NONE, SIGMOID, LOGIT }

/**
 * An extra program of the model, for another backend. A device uses it if its results are within the [tolerances]: by
 * name, as in the vectors' index.json.
 */
class Program(
    /** Next to model.pte. */
    val file: String,
    /** Such as "vulkan". */
    val backend: String,
    /** For users. */
    val title: String,
    /** Such as "float16". */
    val precision: String,
    val sha256: String,
    /** Needed in the runtime. */
    val delegates: List<String>,
    val tolerances: Map<String, Double>,
    /** The golden pictures that prove it, by name; empty: all. */
    val pictures: List<String> = emptyList()
)

/** The description of a model. An app may have several. */
data class ModelInfo(
    val appName: String,
    val edgegenVersion: String,
    val name: String,
    val task: Task,
    val precision: String,
    val license: String,
    /** The release of ExecuTorch that exported the model; empty: unknown. */
    val exporterVersion: String,
    /** The release of ExecuTorch that the app is built with. */
    val executorchVersion: String,
    /** Of model.pte: damaged weights would load and run without an error. */
    val sha256: String,
    /** Needed in the runtime. */
    val backends: List<String>,
    /** The input is a tensor (1, 3, height, width), int8 if there are [inputSteps]. */
    val inputHeight: Int,
    val inputWidth: Int,
    /** The order of the input's channels; false: BGR. */
    val rgb: Boolean,
    /** An input value is (byte * scale - mean) / std, channel by channel. */
    val scale: Double,
    val mean: List<Double>,
    val std: List<Double>,
    /** The byte outside of the letterboxed picture. */
    val padValue: Int,
    /** How a picture becomes the input. */
    val makePreprocessor: (ModelInfo) -> Preprocessor,
    val contract: Contract,
    val outputShapes: List<List<Int>>,
    /** Bins of a side of a box; levels only. */
    val regMax: Int,
    /** Input pixels per cell of each level; levels only. */
    val strides: List<Int>,
    /** The default [Thresholds]. */
    val confidence: Double,
    val iou: Double,
    val maxDetections: Int,
    /** Shown classes, by number; empty: all. */
    val keptClasses: List<Int>,
    val classNames: List<String>,
    /** Poses: the keypoints, each of x, y and, of 3 values, a score. */
    val keypoints: Int = 0,
    val keypointValues: Int = 0,
    /** Poses with levels: a position is (value * scale + cell centre + shift) * stride. */
    val keypointScale: Float = 0f,
    val keypointShift: Float = 0f,
    /** Poses: pairs of keypoints with a limb between them. */
    val skeleton: List<Pair<Int, Int>> = emptyList(),
    /** Oriented boxes with levels. */
    val angleRule: AngleRule = AngleRule.NONE,
    /** Masks: the number of prototypes, and of coefficients of each box. */
    val maskCoefficients: Int = 0,
    /** Centre crop: the picture's shorter side before its centre is cut out; 0: the whole picture is stretched. */
    val shorterSide: Int = 0,
    /** Centre crop: how the picture is resized; false: bilinear. */
    val isBicubic: Boolean = false,
    /** The quantization of the input; null: float32. */
    val inputSteps: Steps? = null,
    /** The quantization of each output; empty: all are float32. */
    val outputSteps: List<Steps?> = emptyList(),
    /** Empty: model.pte is the only program. */
    val extraPrograms: List<Program> = emptyList()
) {
    /** The reference of the golden vectors. The export has measured how far an int8 model may differ from PyTorch. */
    val comparedWith get() = if (precision.startsWith("int8")) "the int8 model in Python" else "PyTorch"

    // Short, because generated code for thirty members would be 1 % of the app's code
    override fun equals(other: Any?) = this === other

    override fun hashCode() = sha256.hashCode()

    override fun toString() = name

    fun thresholds() = Thresholds(confidence.toFloat(), iou, maxDetections)

    /** Returns what makes the input of a picture. */
    fun preprocessor(): Preprocessor = makePreprocessor(this)

    internal fun normalization() =
        Normalization(scale, mean.toDoubleArray(), std.toDoubleArray(), padValue, rgb, inputSteps)

    /** Returns outputs of these values, quantized as the model has them. */
    fun outputsOf(values: List<FloatArray>): Array<Numbers> =
        Array(values.size) { Numbers.of(values[it], outputSteps.getOrNull(it)) }

    /** Returns memory for the values of each output. */
    fun newValues() = outputShapes.map { shape -> FloatArray(shape.fold(1, Int::times)) }

    /** Returns for each class whether it is shown; null: all are. */
    fun shownClasses(): BooleanArray? =
        if (keptClasses.isEmpty()) null else BooleanArray(classNames.size) { it in keptClasses }
}

/** Returns two hexadecimal digits for each byte, as digests are written. */
fun ByteArray.inHex(): String = BigInteger(1, this).toString(16).padStart(2 * size, '0')
