package vision.capture

/** Maps, lists, texts, numbers and null as JSON; every number in as many digits as it takes to read it back as it was. */
fun json(value: Any?): String = StringBuilder().also { add(value, it) }.toString()

private fun add(value: Any?, out: StringBuilder) {
    when (value) {
        is Map<*, *> -> {
            out.append('{')
            value.entries.forEachIndexed { i, (name, member) ->
                if (i > 0) out.append(',')
                quote(name.toString(), out)
                out.append(':')
                add(member, out)
            }
            out.append('}')
        }

        is List<*> -> {
            out.append('[')
            value.forEachIndexed { i, member ->
                if (i > 0) out.append(',')
                add(member, out)
            }
            out.append(']')
        }

        is String -> quote(value, out)

        else -> out.append(value)
    }
}

private fun quote(text: String, out: StringBuilder) {
    out.append('"')
    for (letter in text) {
        when {
            letter == '"' || letter == '\\' -> out.append('\\').append(letter)
            letter < ' ' -> out.append("\\u").append(letter.code.toString(HEXADECIMAL).padStart(HEX_DIGITS, '0'))
            else -> out.append(letter)
        }
    }
    out.append('"')
}

private const val HEXADECIMAL = 16
private const val HEX_DIGITS = 4
