package vision.capture

import vision.VisionResult

/** The result with the names that edgegen's C++ app has in `--json`, and class names. A map is in a file of its own. */
fun VisionResult.report(names: List<String>): List<Any?> = rows().map { withNames(it - "map", names) }

private fun VisionResult.withNames(value: Any?, names: List<String>): Any? = when (value) {
    is Map<*, *> -> {
        val members = LinkedHashMap<Any?, Any?>()
        for ((name, member) in value) {
            members[name] = withNames(member, names)
            if (name == "class_id") members["class_name"] = nameOf(member as Int, names)
        }
        members
    }

    is List<*> -> value.map { withNames(it, names) }

    else -> value
}

/** Maps, lists, texts, numbers and null as JSON. Every number has as many digits as reading it back needs. */
fun json(value: Any?): String = when (value) {
    is Map<*, *> -> value.entries.joinToString(",", "{", "}") { (name, member) -> "${quote("$name")}:${json(member)}" }
    is List<*> -> value.joinToString(",", "[", "]") { json(it) }
    is String -> quote(value)
    else -> "$value"
}

private fun quote(text: String) = buildString {
    append('"')
    for (letter in text) {
        when {
            letter == '"' || letter == '\\' -> append('\\').append(letter)
            letter < ' ' -> append("\\u").append(letter.code.toString(radix = 16).padStart(length = 4, '0'))
            else -> append(letter)
        }
    }
    append('"')
}
