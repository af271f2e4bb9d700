package org.example.shapes

import android.content.Context
import android.os.Build
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.DamagedModelException
import edgegen.MissingBackendException
import edgegen.UnexpectedOutputException
import java.io.FileNotFoundException
import java.io.IOException
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.pytorch.executorch.ExecutorchRuntimeException
import org.robolectric.shadows.ShadowLog
import vision.THE_MODEL

@RunWith(AndroidJUnit4::class)
class RuntimeErrorsTest {
    private val resources = ApplicationProvider.getApplicationContext<Context>().resources

    @Test
    fun ownFailuresHaveMessages() {
        assertSays(R.string.model_damaged, DamagedModelException("0123"))
        assertSays(R.string.model_not_in_app, FileNotFoundException("model/model.pte"))
        assertSays(R.string.model_not_copied, IOException("No space left on device"))
        assertSays(R.string.model_operator_missing, MissingBackendException(listOf("VulkanBackend")))
        assertTrue(ShadowLog.getLogs().any { "VulkanBackend" in it.msg })
        assertSays(R.string.model_not_expected, UnexpectedOutputException("7 outputs"))
        assertSays(R.string.model_no_memory, OutOfMemoryError())
        val odd = IllegalStateException("odd")
        assertSays(R.string.model_unexpected, odd)
        assertSays(R.string.processor_failed, ProcessorException(odd), odd)
    }

    @Test
    fun adviceForTheDeveloperIsLoggedAndNotShown() {
        val shown = text(UnexpectedOutputException("7 outputs"))
        assertFalse(shown, "edgegen" in shown || "outputs" in shown)
        assertTrue(ShadowLog.getLogs().any { "edgegen update" in it.msg && "7 outputs" in it.msg })
    }

    @Test
    fun missingLibraryNamesTheProcessor() {
        val failure = UnsatisfiedLinkError("no executorch in java.library.path")
        assertSays(R.string.model_no_runtime, failure, Build.SUPPORTED_ABIS.first())
    }

    @Test
    fun executorchCodesHaveMessages() {
        assertSays(R.string.model_not_readable, runtime(ExecutorchRuntimeException.INVALID_ARGUMENT))
        assertSays(R.string.model_not_readable, runtime(ExecutorchRuntimeException.INVALID_PROGRAM))
        assertSays(R.string.model_operator_missing, runtime(ExecutorchRuntimeException.OPERATOR_MISSING))
        assertSays(R.string.model_no_memory, runtime(ExecutorchRuntimeException.MEMORY_ALLOCATION_FAILED))
        assertSays(R.string.model_not_accessible, runtime(ExecutorchRuntimeException.ACCESS_FAILED))
        assertSays(R.string.model_operator_missing, runtime(ExecutorchRuntimeException.NOT_FOUND))
        assertTrue(ShadowLog.getLogs().any { THE_MODEL.backends.joinToString() in it.msg })
    }

    private fun runtime(code: Int) = ExecutorchRuntimeException(code, "details")

    private fun assertSays(words: Int, failure: Throwable, vararg filledIn: Any) {
        assertEquals(resources.getString(words, *filledIn), text(failure))
        assertFalse("words, not codes", "0x" in text(failure))
    }

    private fun text(failure: Throwable) = RuntimeErrors.text(resources, failure, THE_MODEL)
}
