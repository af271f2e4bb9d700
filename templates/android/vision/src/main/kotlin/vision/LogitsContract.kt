package vision

/** One tensor (1, classes), before the softmax; or (1, classes, H, W). */
object LogitsContract : Contract {
    override val name = "logits"
}
