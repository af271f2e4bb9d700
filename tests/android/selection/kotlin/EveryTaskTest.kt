package selection

import org.junit.Assert.assertEquals
import org.junit.Test

/** The trial compares the results of every task. */
class EveryTaskTest : SelectionTestBase() {
    @Test
    fun rightAndFastProgramServes() {
        steer("right")
        awaitSelected(start().get())
        assertEquals("selected", state())
    }

    @Test
    fun programWithOtherResultsDoesNotServe() {
        steer("wrong")
        awaitLine(start().get(), "CPU; Vulkan gives other results")
        assertEquals("wrong", state())
    }
}
