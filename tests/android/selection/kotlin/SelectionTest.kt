package selection

import android.content.ComponentCallbacks2
import edgegen.DeviceCheck
import edgegen.Selection
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.pytorch.executorch.Calls

private const val OTHER_RESULTS = "CPU; Vulkan gives other results"

/** Each behavior of the other backend: the camera goes on, the screen gives the verdict, the next start follows the record. */
class SelectionTest : SelectionTestBase() {
    @Test
    fun rightAndFastProgramServesAndTheNextStartDoesNotProveItAgain() {
        steer("right")
        val controller = start()
        awaitSelected(controller.get())
        assertCameraWorks(controller.get())
        val runs = AtomicInteger()
        Calls.listener = { if (it == "execute" && Thread.currentThread().name == "selection") runs.incrementAndGet() }
        val again = restart(controller).get()
        awaitSelected(again)
        assertEquals("it is loaded and run once", 1, runs.get())
        assertEquals("selected", state())
        assertCameraWorks(again)
    }

    @Test
    fun slowerProgramDoesNotServe() = assertRejected("slow", "CPU, ", "slower") { "Vulkan is slower (" in it }

    @Test
    fun programWithOtherResultsDoesNotServe() {
        assertRejected("wrong", OTHER_RESULTS, "wrong") { it == OTHER_RESULTS }
        assertTrue(problem(), "differs" in problem() || "off" in problem()) // for the report: the line is for users
    }

    @Test
    fun programThatGivesNaNDoesNotServe() {
        assertRejected("nan", OTHER_RESULTS, "wrong") { it == OTHER_RESULTS }
        assertEquals("an output is not a number", problem())
    }

    @Test
    fun programThatIsWrongInEveryFourthRunDoesNotServe() = assertRejected("wrong_4th", OTHER_RESULTS, "wrong")

    @Test
    fun programThatIsWrongInOneOfTheTimedRunsDoesNotServe() = assertRejected("wrong_from_16", OTHER_RESULTS, "wrong")

    @Test
    fun programThatCannotBeLoadedDoesNotServe() =
        assertRejected("throws_at_load", "CPU; Vulkan cannot run here", "failed")

    @Test
    fun programThatThrowsDuringTheTrialDoesNotServe() =
        assertRejected("throws_at_10", "CPU; Vulkan cannot run here", "failed")

    @Test
    fun programThatHangsBlocksNothing() = assertHangIsHarmless("hangs")

    @Test
    fun programThatHangsWhileItIsLoadedBlocksNothing() = assertHangIsHarmless("hangs_at_load")

    @Test
    fun programThatFailsFiveFramesInARowIsDroppedWithoutARestart() {
        for (behavior in listOf("throws_at_10", "nan")) {
            record.delete()
            steer("right")
            val controller = start()
            awaitSelected(controller.get())
            steer(behavior)
            repeat(if (behavior == "nan") 4 else 13) { assertCameraWorks(controller.get()) } // nine of them are good
            assertTrue(line(controller.get()), selected.matches(line(controller.get())))
            assertCameraWorks(controller.get())
            awaitLine(controller.get(), "CPU; Vulkan failed five times in a row")
            assertCameraWorks(controller.get())
            steer("right")
            val again = restart(controller)
            awaitLine(again.get(), "CPU; Vulkan failed five times in a row")
            assertEquals("dropped", state())
            assertCameraWorks(again.get())
            again.pause().stop().destroy()
        }
    }

    @Test
    fun badFramesThatAreNotInARowAreNoReason() {
        steer("right")
        val activity = start().get()
        awaitSelected(activity)
        repeat(3) {
            steer("nan")
            repeat(4) { assertCameraWorks(activity) }
            steer("right")
            assertCameraWorks(activity)
        }
        assertEquals("selected", state())
    }

    @Test
    fun backgroundFreesTheMemoryOfTheProgramAndTheForegroundLoadsItAgain() {
        steer("right")
        val controller = start()
        awaitSelected(controller.get())
        controller.pause().stop()
        application.onTrimMemory(ComponentCallbacks2.TRIM_MEMORY_BACKGROUND)
        await("the program is closed") { !selection.state.value.isServing }
        await("the memory is free") { threads("trim").isEmpty() }
        val loads = AtomicInteger()
        Calls.listener = { if (it == "load") loads.incrementAndGet() }
        controller.start().resume()
        awaitSelected(controller.get())
        assertTrue("it was loaded again", loads.get() > 0)
        assertCameraWorks(controller.get())
    }

    @Test
    fun endOfAnOlderScreenDoesNotEndTheTrialOfTheNewOne() {
        steer("hangs_at_load")
        awaitLine(start().get(), "CPU; Vulkan is being checked")
        selection.end { it.run() }
        assertTrue(selection.state.value.isTrying)
    }

    @Test
    fun reportWithoutAScreenHasTheVerdict() {
        steer("right")
        val analysis = Executors.newSingleThreadExecutor()
        selection.start(analysis)
        assertTrue(selection.await(seconds = 60))
        selection.end(analysis)
        analysis.shutdown()
        val lines = mutableListOf<String>()
        DeviceCheck(application).run { lines += it }
        assertTrue(lines.joinToString("\n"), lines.any { it.startsWith("Vulkan: passed, worst difference") })
    }

    @Test
    fun recordOfAnotherAppOrDeviceCountsAsNone() {
        steer("wrong")
        val controller = start()
        awaitLine(controller.get(), OTHER_RESULTS)
        record.writeText(record.readText().replace("\"key\":\"", "\"key\":\"another "))
        steer("right")
        awaitSelected(restart(controller).get())
    }

    @Test
    fun settingForcesABackend() {
        steer("wrong")
        val activity = start().get()
        awaitLine(activity, OTHER_RESULTS)
        openSettings(activity)
        screenshot(activity, "backend-wrong")
        activity.press("backend_other")
        awaitLine(activity, "Vulkan gives other results than the CPU")
        steer("right") // what it shows is Vulkan's
        assertCameraWorks(activity)
        activity.press("backend_cpu")
        await("the CPU serves") { line(activity) == "CPU" }
        assertCameraWorks(activity)
        activity.press("backend_automatic")
        awaitLine(activity, OTHER_RESULTS)
        assertFalse(selection.state.value.isServing)
    }

    @Test
    fun onlyTheUserLetsAFailedProgramBeTriedAgain() {
        steer("throws_at_load")
        val controller = start()
        awaitLine(controller.get(), "CPU; Vulkan cannot run here")
        steer("right")
        val again = restart(controller).get()
        awaitLine(again, "CPU; Vulkan cannot run here")
        openSettings(again)
        again.press("backend_other")
        awaitSelected(again)
        screenshot(again, "backend-selected")
        assertCameraWorks(again)
    }

    @Test
    fun selfCheckListsThePrograms() {
        steer("right")
        val activity = start().get()
        awaitSelected(activity)
        val details = checkThisDevice(activity)
        assertTrue(details, Regex("CPU: the reference, [\\d.]+ ms, loaded in [\\d.]+ ms").containsMatchIn(details))
        val numbers = "passed, worst difference [\\d.e-]+ px, [\\d.]+ ms, loaded in [\\d.]+ ms"
        assertTrue(details, Regex("Vulkan: $numbers").containsMatchIn(details))
        awaitSelected(activity) // it serves again
        assertCameraWorks(activity)
    }

    private fun problem() = checkNotNull(selection.state.value.record).problem

    private fun assertRejected(behavior: String, text: String, state: String, rest: (String) -> Boolean = { true }) {
        steer(behavior)
        val controller = start()
        assertCameraWorks(controller.get())
        awaitLine(controller.get(), text)
        assertTrue(line(controller.get()), rest(line(controller.get())))
        assertCameraWorks(controller.get())
        assertEquals(state, state())
        steer("right") // it would be selected, if it were tried
        val again = restart(controller).get()
        awaitLine(again, text)
        assertCameraWorks(again)
        assertEquals(state, state())
    }

    private fun assertHangIsHarmless(behavior: String) {
        steer(behavior)
        val controller = start()
        awaitLine(controller.get(), "CPU; Vulkan is being checked")
        assertCameraWorks(controller.get())
        limitHang(seconds = 2)
        checkThisDevice(controller.get())
        awaitLine(controller.get(), "CPU; Vulkan cannot run here")
        assertCameraWorks(controller.get())
        assertEquals("failed", state())
        awaitLine(restart(controller).get(), "CPU; Vulkan cannot run here")
    }

    /** The app waits a minute for a trial that was ended. The trial must have begun: one that ends is not affected. */
    private fun limitHang(seconds: Long) = Selection::class.java.getDeclaredField("hangSeconds").run {
        isAccessible = true
        setLong(selection, seconds)
    }
}
