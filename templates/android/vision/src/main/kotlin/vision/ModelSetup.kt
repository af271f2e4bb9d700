package vision

/** The letterbox that this model's input asks for. */
fun ModelInfo.letterbox(): Letterbox =
    Letterbox(INPUT_WIDTH, INPUT_HEIGHT, Normalization(SCALE, MEAN, STD, PAD_VALUE, RGB))

/** The shape of this model's outputs. */
fun ModelInfo.head(): Head {
    if (CONTRACT == "decoded") return Head.Decoded(CLASS_NAMES.size, candidates = OUTPUT_SHAPES[0][2])
    val levels = STRIDES.indices.map { i ->
        val (_, _, height, width) = OUTPUT_SHAPES[2 * i + 1]
        Level(height, width, STRIDES[i])
    }
    return Head.Raw(CLASS_NAMES.size, REG_MAX, levels)
}

/** For each class whether it is shown; null when all are. */
fun ModelInfo.keptClasses(): BooleanArray? {
    if (KEPT_CLASSES.isEmpty()) return null
    return BooleanArray(CLASS_NAMES.size) { it in KEPT_CLASSES }
}
