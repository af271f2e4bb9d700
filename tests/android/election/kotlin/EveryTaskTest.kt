package election

import org.junit.Assert.assertEquals
import org.junit.Test

/** The trial compares the results of every task. */
class EveryTaskTest : ElectionTestBase() {
    @Test
    fun rightAndFastProgramServes() {
        steer("right")
        awaitElected(start().get())
        assertEquals("elected", state())
    }

    @Test
    fun programWithOtherResultsDoesNotServe() {
        steer("wrong")
        awaitLine(start().get(), "CPU; Vulkan gives other results")
        assertEquals("wrong", state())
    }
}
