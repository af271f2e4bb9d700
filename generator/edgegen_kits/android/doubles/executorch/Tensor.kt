// A test double of ExecuTorch's Android API, release 1.5, with the same public declarations. executorch_jni.cpp runs the
// Python wheel's libexecutorch. -Djava.library.path names the folder of its library.
package org.pytorch.executorch

import java.nio.Buffer
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.DoubleBuffer
import java.nio.FloatBuffer
import java.nio.IntBuffer
import java.nio.LongBuffer
import java.nio.ShortBuffer

enum class DType(@JvmField val jniCode: Int) {
    UINT8(0),
    INT8(1),
    INT16(2),
    INT32(3),
    INT64(4),
    HALF(5),
    FLOAT(6),
    DOUBLE(7),
    COMPLEX_HALF(8),
    COMPLEX_FLOAT(9),
    COMPLEX_DOUBLE(10),
    BOOL(11),
    QINT8(12),
    QUINT8(13),
    QINT32(14),
    BFLOAT16(15),
    QINT4X2(16),
    QINT2X4(17),
    BITS1X8(18),
    BITS2X4(19),
    BITS4X2(20),
    BITS8(21),
    BITS16(22);

    companion object {
        @JvmStatic fun fromJniCode(jniCode: Int): DType = entries.find { it.jniCode == jniCode }
            ?: throw IllegalArgumentException("No DType found for jniCode $jniCode")
    }
}

abstract class Tensor internal constructor(shape: LongArray) {
    @JvmField internal val dims: LongArray = shape.copyOf()

    fun numel(): Long = numel(dims)
    fun shape(): LongArray = dims.copyOf()
    abstract fun dtype(): DType

    open val dataAsByteArray: ByteArray get() = unsupported("byte")
    open val dataAsUnsignedByteArray: ByteArray get() = unsupported("byte")
    open val dataAsShortArray: ShortArray get() = unsupported("short")
    open val dataAsIntArray: IntArray get() = unsupported("int")
    open val dataAsFloatArray: FloatArray get() = unsupported("float")
    open val dataAsLongArray: LongArray get() = unsupported("long")
    open val dataAsDoubleArray: DoubleArray get() = unsupported("double")

    open fun copyDataInto(dst: FloatBuffer) {
        unsupported<Unit>("float")
    }
    open fun copyDataInto(dst: ByteBuffer) {
        unsupported<Unit>("byte")
    }
    open fun copyDataIntoUnsigned(dst: ByteBuffer) {
        unsupported<Unit>("byte")
    }
    open fun copyDataInto(dst: IntBuffer) {
        unsupported<Unit>("int")
    }
    open fun copyDataInto(dst: LongBuffer) {
        unsupported<Unit>("long")
    }
    open fun copyDataInto(dst: DoubleBuffer) {
        unsupported<Unit>("double")
    }
    open fun copyDataInto(dst: ShortBuffer) {
        unsupported<Unit>("short")
    }
    open fun getRawDataBuffer(): Buffer =
        throw IllegalStateException("${javaClass.simpleName} cannot return its raw data buffer")

    private fun <T> unsupported(kind: String): T =
        throw IllegalStateException("Tensor of type ${javaClass.simpleName} cannot return data as $kind array.")

    internal class UInt8(private val data: ByteBuffer, shape: LongArray) : Tensor(shape) {
        override fun dtype() = DType.UINT8
        override fun getRawDataBuffer(): Buffer = data
        override val dataAsUnsignedByteArray get() = ByteArray(data.capacity()).also { rewound(data).get(it) }
        override fun copyDataIntoUnsigned(dst: ByteBuffer) {
            dst.put(rewound(data))
        }
    }
    internal class Int8(private val data: ByteBuffer, shape: LongArray) : Tensor(shape) {
        override fun dtype() = DType.INT8
        override fun getRawDataBuffer(): Buffer = data
        override val dataAsByteArray get() = ByteArray(data.capacity()).also { rewound(data).get(it) }
        override fun copyDataInto(dst: ByteBuffer) {
            dst.put(rewound(data))
        }
    }
    internal class Int32(private val data: IntBuffer, shape: LongArray) : Tensor(shape) {
        override fun dtype() = DType.INT32
        override fun getRawDataBuffer(): Buffer = data
        override val dataAsIntArray get() = IntArray(data.capacity()).also { rewound(data).get(it) }
        override fun copyDataInto(dst: IntBuffer) {
            dst.put(rewound(data))
        }
    }
    internal class Int64(private val data: LongBuffer, shape: LongArray) : Tensor(shape) {
        override fun dtype() = DType.INT64
        override fun getRawDataBuffer(): Buffer = data
        override val dataAsLongArray get() = LongArray(data.capacity()).also { rewound(data).get(it) }
        override fun copyDataInto(dst: LongBuffer) {
            dst.put(rewound(data))
        }
    }
    internal class Float32(private val data: FloatBuffer, shape: LongArray) : Tensor(shape) {
        override fun dtype() = DType.FLOAT
        override fun getRawDataBuffer(): Buffer = data
        override val dataAsFloatArray get() = FloatArray(data.capacity()).also { rewound(data).get(it) }
        override fun copyDataInto(dst: FloatBuffer) {
            dst.put(rewound(data))
        }
    }
    internal class Other(private val type: DType, shape: LongArray) : Tensor(shape) {
        override fun dtype() = type
    }

    companion object {
        @JvmStatic fun allocateByteBuffer(numElements: Int): ByteBuffer =
            ByteBuffer.allocateDirect(numElements).order(ByteOrder.nativeOrder())

        @JvmStatic fun allocateIntBuffer(numElements: Int): IntBuffer = allocateByteBuffer(
            numElements * 4
        ).asIntBuffer()

        @JvmStatic fun allocateFloatBuffer(numElements: Int): FloatBuffer = allocateByteBuffer(
            numElements * 4
        ).asFloatBuffer()

        @JvmStatic fun allocateLongBuffer(numElements: Int): LongBuffer = allocateByteBuffer(
            numElements * 8
        ).asLongBuffer()

        @JvmStatic fun allocateHalfBuffer(numElements: Int): ShortBuffer = allocateByteBuffer(
            numElements * 2
        ).asShortBuffer()

        @JvmStatic fun allocateDoubleBuffer(numElements: Int): DoubleBuffer = allocateByteBuffer(
            numElements * 8
        ).asDoubleBuffer()

        @JvmStatic fun fromBlobUnsigned(data: ByteArray, shape: LongArray): Tensor = fromBlobUnsigned(
            allocateByteBuffer(data.size).apply {
                put(data)
            },
            shape
        )

        @JvmStatic fun fromBlob(data: ByteArray, shape: LongArray): Tensor =
            fromBlob(allocateByteBuffer(data.size).apply { put(data) }, shape)

        @JvmStatic fun fromBlob(data: IntArray, shape: LongArray): Tensor =
            fromBlob(allocateIntBuffer(data.size).apply { put(data) }, shape)

        @JvmStatic fun fromBlob(data: FloatArray, shape: LongArray): Tensor =
            fromBlob(allocateFloatBuffer(data.size).apply { put(data) }, shape)

        @JvmStatic fun fromBlob(data: LongArray, shape: LongArray): Tensor =
            fromBlob(allocateLongBuffer(data.size).apply { put(data) }, shape)

        @JvmStatic fun fromBlobUnsigned(data: ByteBuffer, shape: LongArray): Tensor {
            check(data, data.isDirect, data.order(), shape)
            return UInt8(data, shape)
        }

        @JvmStatic fun fromBlob(data: ByteBuffer, shape: LongArray): Tensor {
            check(data, data.isDirect, data.order(), shape)
            return Int8(data, shape)
        }

        @JvmStatic fun fromBlob(data: IntBuffer, shape: LongArray): Tensor {
            check(data, data.isDirect, data.order(), shape)
            return Int32(data, shape)
        }

        @JvmStatic fun fromBlob(data: LongBuffer, shape: LongArray): Tensor {
            check(data, data.isDirect, data.order(), shape)
            return Int64(data, shape)
        }

        @JvmStatic fun fromBlob(data: FloatBuffer, shape: LongArray): Tensor {
            check(data, data.isDirect, data.order(), shape)
            return Float32(data, shape)
        }

        @JvmStatic fun numel(shape: LongArray): Long {
            require(shape.all { it >= 0 }) { "Shape elements must be non negative" }
            return shape.fold(1L) { n, d -> n * d }
        }

        private fun check(data: Buffer, direct: Boolean, order: ByteOrder, shape: LongArray) {
            require(numel(shape) == data.capacity().toLong()) {
                "Inconsistent data capacity:${data.capacity()} and shape number elements:${numel(
                    shape
                )} shape:${shape.contentToString()}"
            }
            require(direct) { "Data buffer must be direct (java.nio.ByteBuffer#allocateDirect)" }
            require(order == ByteOrder.nativeOrder()) {
                "Data buffer must have native byte order (java.nio.ByteOrder#nativeOrder)"
            }
        }

        private fun rewound(b: ByteBuffer) = b.duplicate().order(ByteOrder.nativeOrder()).also { it.rewind() }
        private fun rewound(b: IntBuffer) = b.duplicate().also { it.rewind() }
        private fun rewound(b: LongBuffer) = b.duplicate().also { it.rewind() }
        private fun rewound(b: FloatBuffer) = b.duplicate().also { it.rewind() }

        internal fun fromNative(bytes: ByteBuffer, shape: LongArray, code: Int): Tensor {
            val b = bytes.order(ByteOrder.nativeOrder())
            return when (val type = DType.fromJniCode(code)) {
                DType.UINT8 -> UInt8(b, shape)
                DType.INT8 -> Int8(b, shape)
                DType.INT32 -> Int32(b.asIntBuffer(), shape)
                DType.INT64 -> Int64(b.asLongBuffer(), shape)
                DType.FLOAT -> Float32(b.asFloatBuffer(), shape)
                else -> Other(type, shape)
            }
        }
    }
}
