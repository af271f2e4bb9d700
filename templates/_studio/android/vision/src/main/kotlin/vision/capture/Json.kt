package vision.capture

import vision.VisionResult

/** Returns the result with the names of `--json` in edgegen's C++ app, and class names. A map is in a separate file. */
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

/** Returns maps, lists, texts, numbers and null as JSON. Numbers have as many digits as reading them back needs. */
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
