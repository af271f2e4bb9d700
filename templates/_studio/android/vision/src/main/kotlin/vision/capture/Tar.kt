package vision.capture

import java.io.OutputStream

/** Writes a tar archive: POSIX ustar, not compressed, without owner and time. */
internal class Tar(private val out: OutputStream) {
    fun add(name: String, content: ByteArray) {
        val header = ByteArray(BLOCK)
        header.put(NAME, name)
        header.put(MODE, "0000644")
        header.put(OWNER, "0000000")
        header.put(GROUP, "0000000")
        header.put(SIZE, content.size.toString(OCTAL).padStart(SIZE_DIGITS, '0'))
        header.put(TIME, "00000000000")
        header.put(SUM, " ".repeat(SUM_BYTES)) // counts as blanks in its own sum
        header.put(TYPE, "0") // a file
        header.put(MAGIC, "ustar\u000000")
        header.put(SUM, header.sum().toString(OCTAL).padStart(SUM_DIGITS, '0') + "\u0000")
        out.write(header)
        out.write(content)
        out.write(ByteArray(-content.size and (BLOCK - 1)))
    }

    /** Writes the two empty blocks at the end of a tar archive. */
    fun end() = out.write(ByteArray(2 * BLOCK))

    private fun ByteArray.put(at: Int, text: String) {
        text.toByteArray(Charsets.US_ASCII).copyInto(this, at)
    }

    private companion object {
        const val BLOCK = 512
        const val OCTAL = 8
        const val SIZE_DIGITS = 11
        const val SUM_DIGITS = 6
        const val SUM_BYTES = 8

        // Where they are in a header
        const val NAME = 0
        const val MODE = 100
        const val OWNER = 108
        const val GROUP = 116
        const val SIZE = 124
        const val TIME = 136
        const val SUM = 148
        const val TYPE = 156
        const val MAGIC = 257
    }
}
