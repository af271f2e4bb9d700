package org.example.shapes

import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.CarriedModel
import edgegen.Detector
import edgegen.ModelRepository
import java.io.Closeable
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.THE_MODEL

@RunWith(AndroidJUnit4::class)
class ModelRepositoryTest {
    private class Loaded(val model: CarriedModel, val threads: Int, private val open: MutableList<Loaded>) : Closeable {
        init {
            assertEquals("another one is loaded", emptyList<Loaded>(), open.toList())
            open += this
        }

        override fun close() {
            open -= this
        }
    }

    private val open = mutableListOf<Loaded>()
    private var loads = 0
    private val first = CarriedModel(THE_MODEL, "first.pte")
    private val second = CarriedModel(THE_MODEL, "second.pte")
    private val models = ModelRepository(listOf(first, second)) { model, threads ->
        loads++
        Loaded(model, threads, open)
    }

    @Test
    fun modelIsLoadedOnce() {
        models.use { assertEquals(first, it.model) }
        models.use { assertEquals(first, it.model) }
        assertEquals(1, loads)
        models.close()
        assertTrue(open.isEmpty())
        models.use { assertEquals(first, it.model) }
    }

    @Test
    fun onlyOneOfSeveralModelsIsLoaded() {
        models.use { assertEquals(first, it.model) }
        models.fastestThreads = 3
        models.select(second)
        assertEquals("of another model", null, models.fastestThreads)
        models.use { assertEquals(second, it.model) }
        models.select(second)
        models.use { }
        assertEquals(2, loads)
        assertThrows(IllegalArgumentException::class.java) { models.select(CarriedModel(THE_MODEL, "third.pte")) }
    }

    @Test
    fun otherThreadCountReloadsTheModel() {
        models.use { assertEquals(Detector.DEFAULT_THREADS, it.threads) }
        models.threads = 3
        assertTrue("closed before the next one is loaded", open.isEmpty())
        repeat(2) { models.use { assertEquals(3, it.threads) } }
        models.threads = 3
        models.use { }
        assertEquals("the same number changes nothing", 2, loads)
    }

    @Test
    fun exclusiveAccessLoadsModelsInTurnWhileOthersWait() {
        models.use { }
        val began = CountDownLatch(1)
        var hasWaited = false
        var isDone = false
        val other = thread(start = false) {
            began.countDown()
            models.use { hasWaited = isDone }
        }
        models.alone { alone ->
            other.start()
            began.await()
            for (threads in 1..4) alone.load(threads) { assertEquals(threads, it.threads) }
            alone.load(1) { assertThrows(IllegalStateException::class.java) { alone.load(2) { } } }
            assertThrows(IllegalStateException::class.java) { models.use { } }
            isDone = true
        }
        other.join()
        assertTrue(hasWaited)
        assertEquals("the live one is back", listOf(Detector.DEFAULT_THREADS), open.map { it.threads })
    }

    @Test
    fun exclusiveAccessEndsWithItsBlock() {
        val kept = models.alone { it }
        assertThrows(IllegalStateException::class.java) { kept.load(1) { } }
    }

    @Test
    fun firstFailureIsRetried() {
        var failures = 1
        assertEquals("seen", models.useOrRetry { if (failures-- > 0) error("a bad moment") else "seen" })
        assertEquals(2, loads)
        assertThrows(IllegalStateException::class.java) { models.useOrRetry { error("for good") } }
        assertFalse(open.size > 1)
    }
}
