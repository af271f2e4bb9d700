package edgegen.driver

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.Base64
import org.json.JSONArray
import org.json.JSONObject

/** Converts numbers, and lists and maps of them, to JSON; arrays of numbers to their bytes. */
fun json(value: Any?): Any? = when (value) {
    is List<*> -> JSONArray(value.map(::json))
    is Map<*, *> -> JSONObject(value.entries.associate { it.key.toString() to json(it.value) })
    is Float -> value.toDouble()
    is FloatArray -> base64(value)
    else -> value
}

private fun base64(values: FloatArray): String {
    val bytes = ByteBuffer.allocate(values.size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    bytes.asFloatBuffer().put(values)
    return Base64.getEncoder().encodeToString(bytes.array())
}
