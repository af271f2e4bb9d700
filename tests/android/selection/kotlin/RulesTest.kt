package selection

import edgegen.BackendChoice
import edgegen.Candidate
import edgegen.CarriedModel
import edgegen.ChoiceStore
import edgegen.ModelRepository
import edgegen.Outcome
import edgegen.RecordFile
import edgegen.Selection
import java.io.Closeable
import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import vision.THE_MODEL
import vision.parity.Verdict

/** What the next process does after each end of the last one. Each [Start] stands for a process. */
@RunWith(RobolectricTestRunner::class)
class RulesTest {
    @get:Rule
    val folder = TemporaryFolder()
    private val file by lazy { RecordFile(File(folder.root, "selection.json")) }
    private val analysis = Executors.newSingleThreadExecutor()
    private val starts = mutableListOf<Start>()
    private val store = object : ChoiceStore {
        override var choice = BackendChoice.AUTOMATIC
    }

    @After
    fun endAll() {
        starts.forEach { it.mayLoad.countDown() }
        starts.forEach { assertTrue(it.selection.await(SECONDS)) }
        analysis.shutdown()
    }

    @Test
    fun programThatIsWrongInOneTimedRunDoesNotServe() {
        Start("wrong in every fourth run").assertIs(Outcome.WRONG, isServing = false)
        Start().assertIs(Outcome.WRONG, isServing = false)
    }

    @Test
    fun trialThatCrashesOnceIsTriedAgain() {
        crash()
        Start().assertIs(Outcome.SELECTED, isServing = true, "load", "prove")
        assertEquals(0, file.read()!!.crashes)
    }

    @Test
    fun trialThatCrashesTwiceInARowIsNotTriedAgain() {
        repeat(2) { crash() }
        repeat(2) { Start().assertIs(Outcome.CRASHED, isServing = false) }
    }

    @Test
    fun programIsNotBlamedIfTheProcessEndsInTheBackground() {
        repeat(3) {
            val start = Start("hangs").awaitLoading()
            assertEquals(KEY, file.readMarker())
            start.selection.setInForeground(false)
            await { file.readMarker() == null }
        }
        Start().assertIs(Outcome.SELECTED, isServing = true)
    }

    @Test
    fun programIsNotBlamedIfADebuggerRunsTheApp() {
        repeat(3) {
            Start("hangs", isDebugged = true).awaitLoading()
            assertNull(file.readMarker())
        }
        Start().assertIs(Outcome.SELECTED, isServing = true)
    }

    @Test
    fun trialThatTheBackgroundInterruptsBeginsAgainInTheForeground() {
        val start = Start("hangs").awaitLoading()
        start.selection.setInForeground(false)
        start.mayLoad.countDown()
        start.assertIs(null, isServing = false)
        assertNull(file.read())
        start.selection.setInForeground(true)
        start.assertIs(Outcome.SELECTED, isServing = true, "load", "load", "prove")
    }

    @Test
    fun programThatHangsUntilTheAppIsClosedIsNotTriedAgain() {
        val start = Start("hangs", hangSeconds = 0).awaitLoading()
        start.selection.setInForeground(false)
        await { file.read() != null && file.readMarker() == null }
        Start().assertIs(Outcome.FAILED, isServing = false)
    }

    @Test
    fun programThatCrashesAtItsStartIsReplacedByTheCpuOnce() {
        Start().assertIs(Outcome.SELECTED, isServing = true)
        assertEquals(KEY, file.readMarker()) // there was no good frame
        Start().assertIs(Outcome.SELECTED, isServing = false)
        assertEquals(1, file.read()!!.crashes)
        val third = Start().assertIs(Outcome.SELECTED, isServing = true, "load")
        repeat(4) { third.showFrame() }
        assertEquals(KEY, file.readMarker())
        third.showFrame()
        assertNull(file.readMarker())
        assertEquals(0, file.read()!!.crashes)
    }

    @Test
    fun programThatCrashesAtTwoStartsInARowIsNotUsedAgain() {
        repeat(3) { Start().assertIs(Outcome.SELECTED, isServing = it != 1) }
        Start().assertIs(Outcome.CRASHED, isServing = false)
    }

    @Test
    fun userMayChooseAProgramThatHasJustCrashed() {
        Start().assertIs(Outcome.SELECTED, isServing = true)
        val next = Start().assertIs(Outcome.SELECTED, isServing = false)
        next.selection.choose(BackendChoice.BACKEND)
        next.assertIs(Outcome.SELECTED, isServing = true, "load")
    }

    @Test
    fun provenProgramIsLoadedWithoutChangingTheRecord() {
        val start = Start().assertIs(Outcome.SELECTED, isServing = true)
        repeat(5) { start.showFrame() }
        val written = File(folder.root, "selection.json").apply { setLastModified(0) }
        Start().assertIs(Outcome.SELECTED, isServing = true, "load")
        assertEquals(0, written.lastModified())
    }

    @Test
    fun markerOfAnotherAppVersionIsIgnored() {
        Start().assertIs(Outcome.SELECTED, isServing = true)
        file.writeMarker("another key")
        Start().assertIs(Outcome.SELECTED, isServing = true, "load")
    }

    /** Leaves what a process does that ends while the program is loaded. */
    private fun crash() {
        Start("hangs").awaitLoading()
    }

    private fun await(condition: () -> Boolean) {
        val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS)
        while (!condition()) assertTrue(System.nanoTime() < end)
    }

    private class Program(val isCpu: Boolean) : Closeable {
        override fun close() = Unit
    }

    private inner class Start(val behavior: String = "right", isDebugged: Boolean = false, hangSeconds: Long = 60) {
        val mayLoad = CountDownLatch(if (behavior == "hangs") 1 else 0)
        private val isLoading = CountDownLatch(1)
        private val calls = CopyOnWriteArrayList<String>()
        private var runs = 0
        private val models = ModelRepository(listOf(CarriedModel(THE_MODEL, ""))) { _, _ -> Program(isCpu = true) }
        val selection = Selection(models, Double(), KEY, file, store, { isDebugged }, hangSeconds)

        init {
            starts += this
            selection.start(analysis)
        }

        fun awaitLoading(): Start {
            assertTrue(isLoading.await(SECONDS, TimeUnit.SECONDS))
            return this
        }

        /** [expected]: if there are any, the calls in the order of their first runs. */
        fun assertIs(outcome: Outcome?, isServing: Boolean, vararg expected: String): Start {
            assertTrue(selection.await(SECONDS))
            val state = selection.state.value
            assertEquals(outcome, state.record?.outcome)
            assertEquals(isServing, state.isServing)
            assertFalse(state.isTrying)
            if (expected.isNotEmpty()) assertEquals(expected.toList(), calls.toList())
            return this
        }

        fun showFrame() = models.use { assertFalse(it.isCpu) }

        private inner class Double : Candidate<Program> {
            override val backend = "Vulkan"

            override fun load(goOn: () -> Unit): Program {
                calls += "load"
                isLoading.countDown()
                mayLoad.await()
                goOn()
                return Program(isCpu = false)
            }

            override fun prove(detector: Program, onPicture: (run: (Program) -> Unit) -> Unit): Verdict {
                calls.addIfAbsent("prove")
                var isRight = true
                repeat(2) {
                    onPicture { program ->
                        if (program.isCpu) Thread.sleep(2) else ++runs
                        if (behavior == "wrong in every fourth run" && runs % 4 == 0) isRight = false
                    }
                }
                return Verdict(0.0, "px", 2, if (isRight) "" else "boxes: off by 1 px")
            }

            override fun hasNaN(detector: Program) = false
        }
    }

    private companion object {
        const val KEY = "device, system, app, programs"
        const val SECONDS = 60L
    }
}
