package edgegen

import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.StandardOpenOption.READ
import org.json.JSONException
import org.json.JSONObject

/** How the last trial of an extra program ended. */
enum class Outcome { SELECTED, SLOWER, WRONG, FAILED, CRASHED, DROPPED }

/** The result of a trial. A record with another [key] (device, system, app, programs) counts as none. */
data class SelectionRecord(
    val key: String,
    val backend: String,
    val outcome: Outcome,
    /** What is wrong; empty: nothing. */
    val problem: String = "",
    /** The largest difference of the result, in [unit]; null: unknown. */
    val worst: Double? = null,
    val unit: String = "",
    val pictures: Int = 0,
    /** How many starts of the program in a row have ended the process. */
    val crashes: Int = 0,
    /** Medians of one run of the program and of the CPU's; null: unknown. */
    val milliseconds: Double? = null,
    val cpuMilliseconds: Double? = null,
    val loadMilliseconds: Double? = null
)

/**
 * The file with the last record, and the marker beside it. Both are on the disk when [write] and [writeMarker] return: a
 * driver may restart the device.
 */
class RecordFile(private val file: File) {
    private val marker = File(file.path + ".running")

    /** Returns null if there is no record, or it cannot be read. */
    fun read(): SelectionRecord? = try {
        parse(JSONObject(file.readText()))
    } catch (_: IOException) {
        null
    } catch (_: JSONException) {
        null
    } catch (_: IllegalArgumentException) { // an unknown state
        null
    }

    fun write(record: SelectionRecord) = write(format(record).toString(), file)

    fun delete() {
        file.delete()
    }

    /** Returns the key of the program that ran when the process last ended; null: none. */
    fun readMarker(): String? = try {
        marker.readText()
    } catch (_: IOException) {
        null
    }

    fun writeMarker(key: String) = write(key, marker)

    fun deleteMarker() {
        marker.delete()
    }

    private fun write(text: String, file: File) {
        val part = File(file.path + ".part")
        FileOutputStream(part).use {
            it.write(text.toByteArray())
            it.fd.sync()
        }
        if (!part.renameTo(file)) throw IOException("$part cannot be renamed")
        try {
            FileChannel.open(part.parentFile!!.toPath(), READ).use { it.force(true) } // the new name is in the folder
        } catch (_: IOException) { // some file systems cannot: they may lose the record if the device restarts
        }
    }

    private fun format(record: SelectionRecord) = JSONObject().apply {
        put("key", record.key)
        put("backend", record.backend)
        put("state", record.outcome.name.lowercase())
        put("verdict", record.problem)
        put("unit", record.unit)
        put("pictures", record.pictures)
        put("crashes", record.crashes)
        put("worst", record.worst) // null: without the field
        put("milliseconds", record.milliseconds)
        put("cpuMilliseconds", record.cpuMilliseconds)
        put("loadMilliseconds", record.loadMilliseconds)
    }

    private fun parse(json: JSONObject): SelectionRecord {
        fun number(name: String) = if (json.has(name)) json.getDouble(name) else null
        return SelectionRecord(
            json.getString("key"),
            json.getString("backend"),
            Outcome.valueOf(json.getString("state").uppercase()),
            json.getString("verdict"),
            number("worst"),
            json.getString("unit"),
            json.getInt("pictures"),
            json.getInt("crashes"),
            number("milliseconds"),
            number("cpuMilliseconds"),
            number("loadMilliseconds")
        )
    }
}
