package vision

/** What is seen, in words: `3 bowl, 4 orange, 1 broccoli`, classes in the order of their best score; "" for nothing. */
fun summary(detections: Detections, names: Array<String>): String = Summary(names).of(detections)

/** The same, frame by frame: a text is made only when it is another one than before. */
class Summary(private val names: Array<String>) {
    private val counts = IntArray(names.size)
    private var classes = IntArray(FEW) // in the order of their best score
    private var classesSeen = 0
    private var said = IntArray(FEW) // class, count, class, count, ... of the text
    private var saidSize = 0
    private var text = ""

    fun of(detections: Detections): String {
        count(detections)
        if (!isSaid()) {
            remember()
            text = (0 until classesSeen).joinToString { "${counts[classes[it]]} ${names[classes[it]]}" }
        }
        for (i in 0 until classesSeen) counts[classes[i]] = 0
        return text
    }

    /** Detections are best first: the order in which classes turn up is that of their best scores. */
    private fun count(detections: Detections) {
        classesSeen = 0
        for (i in 0 until detections.size) {
            val id = detections.classId[i]
            if (counts[id]++ > 0) continue
            if (classesSeen == classes.size) classes = classes.copyOf(2 * classesSeen)
            classes[classesSeen++] = id
        }
    }

    private fun isSaid(): Boolean {
        if (saidSize != 2 * classesSeen) return false
        for (i in 0 until classesSeen) {
            if (said[2 * i] != classes[i] || said[2 * i + 1] != counts[classes[i]]) return false
        }
        return true
    }

    private fun remember() {
        if (said.size < 2 * classesSeen) said = IntArray(2 * classes.size)
        saidSize = 2 * classesSeen
        for (i in 0 until classesSeen) {
            said[2 * i] = classes[i]
            said[2 * i + 1] = counts[classes[i]]
        }
    }
}

private const val FEW = 16
