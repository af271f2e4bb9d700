package vision.capture

import vision.VisionResult

/** A result in the words that edgegen's C++ app has for it in `--json`. A map lies in a file of its own. */
fun VisionResult.told(names: List<String>): List<Any?> = rows().map { named(it - "map", names) }

/** With the names of classes beside their numbers. */
private fun VisionResult.named(value: Any?, names: List<String>): Any? = when (value) {
    is Map<*, *> -> {
        val members = LinkedHashMap<Any?, Any?>()
        for ((name, member) in value) {
            members[name] = named(member, names)
            if (name == "class_id") members["class_name"] = nameOf(member as Int, names)
        }
        members
    }

    is List<*> -> value.map { named(it, names) }

    else -> value
}
