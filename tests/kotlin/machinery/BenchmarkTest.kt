package vision.parity

import org.junit.Assert.assertEquals
import org.junit.Test

class BenchmarkTest {
    @Test
    fun theMedianIsTheMiddleOne() {
        assertEquals(3, Benchmark.median(listOf(9, 3, 1)))
        assertEquals(4, Benchmark.median(listOf(9, 5, 3, 1)))
    }

    @Test
    fun threadCountsAreThoseThatTheDeviceHas() {
        val usual = listOf(1, 2, 4)
        assertEquals(listOf(1, 2, 3, 4), Benchmark.threadCounts(usual, cores = 6))
        assertEquals(listOf(1, 2, 4, 5), Benchmark.threadCounts(usual, cores = 10))
        assertEquals(listOf(1, 2), Benchmark.threadCounts(usual, cores = 2))
        assertEquals(listOf(1), Benchmark.threadCounts(usual, cores = 1))
    }

    @Test
    fun oneThreadIsNoThreads() {
        val timing = Timing(letterbox = 1_000_000, model = 2_000_000, postprocess = 500_000)
        assertEquals("1 thread: 1.0, 2.0, 0.5, 3.5", SelfCheck.text(1, timing))
        assertEquals("2 threads: 1.0, 2.0, 0.5, 3.5", SelfCheck.text(2, timing))
    }
}
