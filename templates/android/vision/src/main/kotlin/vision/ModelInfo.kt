package vision

/**
 * What a model's outputs are. [hasLevels]: they come in two tensors for each level. [needsNms]: one object may have many
 * boxes.
 */
enum class Contract(val hasLevels: Boolean, val needsNms: Boolean) {
    /**
     * For each level, by rising stride, boxes (1, 4 * regMax, H, W), of regMax bins a side or of distances where it is 1, and
     * class logits (1, classes, H, W). NMS chooses among them.
     */
    RAW(hasLevels = true, needsNms = true),

    /** The same, of a branch that gives every object one box: the best are chosen, without NMS. */
    END2END(hasLevels = true, needsNms = false),

    /** One tensor (1, 4 + classes, candidates): cx cy w h in input pixels, then scores from 0 to 1. */
    DECODED(hasLevels = false, needsNms = true),

    /** One tensor (1, candidates, 6): x1 y1 x2 y2 in input pixels, score, class; chosen by the model itself. */
    DETECTIONS(hasLevels = false, needsNms = false),

    /** One tensor (1, classes), before the softmax; or (1, classes, H, W). */
    LOGITS(hasLevels = false, needsNms = false),

    /** One tensor (1, classes), after the softmax. */
    PROBABILITIES(hasLevels = false, needsNms = false),

    /** One tensor (1, 1, H, W): distances. */
    DEPTH(hasLevels = false, needsNms = false)
}

/** How an output stands for an angle: (sigmoid - 1/4) * pi of it, or it is the angle. */
enum class AngleRule { NONE, SIGMOID, LOGIT }

/** All that the code must know of a model: a value, so that several models can live in one app. */
data class ModelInfo(
    val appName: String,
    val edgegenVersion: String,
    val name: String,
    val task: Task,
    val precision: String,
    val license: String,
    /** The release of ExecuTorch that exported the model; empty when it is not known. */
    val exporterVersion: String,
    /** The release of ExecuTorch that the app is built with. */
    val executorchVersion: String,
    /** Of model.pte: damaged weights would load and run without a word. */
    val sha256: String,
    /** What the runtime must have registered. */
    val backends: List<String>,
    /** The input is a tensor (1, 3, height, width), of int8 where there are [inputSteps]. */
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
    val contract: Contract,
    val outputShapes: List<List<Int>>,
    /** Bins for each side of a box; only where the outputs come by levels. */
    val regMax: Int,
    /** Input pixels per cell of each level; only where the outputs come by levels. */
    val strides: List<Int>,
    /** The thresholds that the app starts with, and which classes it shows; see [Thresholds]. */
    val confidence: Double,
    val iou: Double,
    val maxDetections: Int,
    /** By number; empty: all. */
    val keptClasses: List<Int>,
    val classNames: List<String>,
    /** Poses: how many keypoints, of how many numbers each: x, y, and a visibility or none. */
    val keypoints: Int = 0,
    val keypointValues: Int = 0,
    /** Where poses come by levels: a keypoint's place is (number * scale + cell centre + shift) * stride. */
    val keypointScale: Float = 0f,
    val keypointShift: Float = 0f,
    /** Poses: pairs of keypoints between which there is a limb; empty: nobody knows of any. */
    val skeleton: List<Pair<Int, Int>> = emptyList(),
    /** Rotated boxes that come by levels: what their angles are. */
    val angleRule: AngleRule = AngleRule.NONE,
    /** Masks: how many prototypes there are, and numbers for each box that weigh them. */
    val maskCoefficients: Int = 0,
    /** How int8 stands for the input; null: it is float32. */
    val inputSteps: Steps? = null,
    /** The same of each output; empty: all are float32. */
    val outputSteps: List<Steps?> = emptyList()
) {
    /**
     * Whose numbers the golden vectors are. A quantized model's differ from PyTorch's, and how far they may, its export has
     * judged: the app only has to show what that model shows elsewhere.
     */
    val comparedWith get() = if (precision.startsWith("int8")) "the int8 model in Python" else "PyTorch"

    // A model is itself alone; what would be generated of thirty members is a hundredth of the app's code
    override fun equals(other: Any?) = this === other

    override fun hashCode() = sha256.hashCode()

    override fun toString() = name

    fun thresholds() = Thresholds(confidence.toFloat(), iou, maxDetections)

    /** What makes the input of a picture. */
    fun preprocessor(): Preprocessor = task.preprocessor(this)

    internal fun normalization() =
        Normalization(scale, mean.toDoubleArray(), std.toDoubleArray(), padValue, rgb, inputSteps)

    /** Outputs of these values, as the model has them: of int8 the nearest. */
    fun outputsOf(values: List<FloatArray>): Array<Numbers> =
        Array(values.size) { Numbers.of(values[it], outputSteps.getOrNull(it)) }

    /** Room for the values of each output. */
    fun newValues() = outputShapes.map { shape -> FloatArray(shape.fold(1, Int::times)) }

    /** For each class whether it is shown; null when all are. */
    fun shownClasses(): BooleanArray? =
        if (keptClasses.isEmpty()) null else BooleanArray(classNames.size) { it in keptClasses }
}
