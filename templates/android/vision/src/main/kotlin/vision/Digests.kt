package vision

import java.math.BigInteger

/** Two digits for each byte, as digests are written. */
fun ByteArray.inHex(): String = BigInteger(1, this).toString(HEXADECIMAL).padStart(2 * size, '0')

private const val HEXADECIMAL = 16
