// A test double of ExecuTorch's Android API, release 1.5, with the same public declarations. executorch_jni.cpp runs the
// Python wheel's libexecutorch. -Djava.library.path names the folder of its library.
package org.pytorch.executorch

class EValue private constructor(@JvmField val mTypeCode: Int, @JvmField var mData: Any?) {
    val isNone: Boolean get() = mTypeCode == 0
    val isTensor: Boolean get() = mTypeCode == 1
    val isString: Boolean get() = mTypeCode == 2
    val isDouble: Boolean get() = mTypeCode == 3
    val isInt: Boolean get() = mTypeCode == 4
    val isBool: Boolean get() = mTypeCode == 5
    fun toTensor(): Tensor = cast(1)
    fun toStr(): String = cast(2)
    fun toDouble(): Double = cast(3)
    fun toInt(): Long = cast(4)
    fun toBool(): Boolean = cast(5)

    @Suppress("UNCHECKED_CAST")
    private fun <T> cast(code: Int): T {
        check(code == mTypeCode) { "Expected EValue type ${NAMES[code]}, actual type ${NAMES[mTypeCode]}" }
        return mData as T
    }

    companion object {
        private val NAMES = listOf("None", "Tensor", "String", "Double", "Int", "Bool")

        @JvmStatic fun from(tensor: Tensor): EValue = EValue(1, tensor)

        @JvmStatic fun from(value: String): EValue = EValue(2, value)

        @JvmStatic fun from(value: Double): EValue = EValue(3, value)

        @JvmStatic fun from(value: Long): EValue = EValue(4, value)

        @JvmStatic fun from(value: Boolean): EValue = EValue(5, value)
    }
}
