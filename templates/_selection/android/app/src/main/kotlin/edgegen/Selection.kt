package edgegen

import android.os.Debug
import android.util.Log
import java.io.Closeable
import java.io.IOException
import java.util.concurrent.CancellationException
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executor
import java.util.concurrent.FutureTask
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.system.measureNanoTime
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import vision.parity.Benchmark
import vision.parity.Verdict

/** The user's setting: the faster correct program, the other backend's, or the CPU's. */
enum class BackendChoice { AUTOMATIC, BACKEND, CPU }

/** Where the setting is kept. */
interface ChoiceStore {
    var choice: BackendChoice
}

/** An extra program of the app's model. */
interface Candidate<D : Closeable> {
    val backend: String

    /** Loads it and runs it once. [goOn] throws to end that. */
    fun load(goOn: () -> Unit): D

    /**
     * Compares it with the golden vectors. [onPicture] is called for each golden picture: its `run` runs a detector on it.
     * It has to run [detector], and may throw to end the comparison.
     */
    fun prove(detector: D, onPicture: (run: (D) -> Unit) -> Unit): Verdict

    fun hasNaN(detector: D): Boolean
}

/** What the screen shows. */
class SelectionState(
    val choice: BackendChoice,
    val record: SelectionRecord? = null,
    val isTrying: Boolean = false,
    val isServing: Boolean = false
)

/**
 * Decides whether the program of another backend serves instead of the CPU's: only if it gives the same results on this
 * device, and is faster. The CPU's program serves until then.
 *
 * A marker is on the disk from before the program is loaded until its first good frames. If the next process finds it, the
 * program has ended the last one. The second time in a row puts it out.
 */
class Selection<D : Closeable>(
    private val models: ModelRepository<D>,
    private val candidate: Candidate<D>,
    private val key: String,
    private val file: RecordFile,
    private val store: ChoiceStore,
    private val isDebugged: () -> Boolean = Debug::isDebuggerConnected,
    /** After this time a trial that was ended counts as one that hangs. */
    private val hangSeconds: Long = HANG_SECONDS
) {
    /** One run of [decide]. */
    private inner class Attempt {
        val end = CountDownLatch(1)

        @Volatile var isCancelled = false

        /** The app has left the foreground meanwhile: a new attempt begins when it is back. */
        var isInterrupted = false

        /** When the program began to load, in nanoseconds; null: it has not. */
        @Volatile var start: Long? = null

        /** It hangs: the record is no longer its own. */
        @Volatile var isAbandoned = false

        fun goOn() {
            if (isCancelled) throw CancellationException()
        }
    }

    private val states = MutableStateFlow(SelectionState(BackendChoice.AUTOMATIC))
    private var analysis: Executor? = null
    private var current: Attempt? = null
    private var pauses = 0
    private val marker = Any() // a lock: the marker's changes are one after the other

    @Volatile private var isInForeground = true

    private var hasRead = false

    /** The chosen program ended the last process when it started, so this one uses the CPU. */
    @Volatile private var hasJustCrashed = false

    val state: StateFlow<SelectionState> = states.asStateFlow()

    /** Begins in the background. [analysis] runs the timing: on the thread of the frames, so that none disturbs it. */
    fun start(analysis: Executor) {
        synchronized(this) { this.analysis = analysis }
        begin()
    }

    /** Changes the setting. A program that failed is tried again only if the user asks for it here. */
    fun choose(choice: BackendChoice) = begin(choice)

    /** Waits until the trial has ended; false: it takes longer. Not for the main thread. */
    fun await(seconds: Long): Boolean = synchronized(this) { current }?.end?.await(seconds, TimeUnit.SECONDS) ?: true

    /** The screen of this [analysis] is gone: no trial begins until [start]. Not for the main thread. */
    fun end(analysis: Executor) {
        synchronized(this) {
            if (this.analysis !== analysis) return // another screen has started since
            this.analysis = null
        }
        stop()
    }

    /** Ends a trial, and lets the CPU's program serve. Not for the main thread. */
    fun stop() {
        synchronized(this) { current }?.isCancelled = true
        models.serve(null)
        states.value = states.value.let { SelectionState(it.choice, it.record) }
    }

    /** Runs [work] while no extra program is loaded or tried. Does not wait long for one that hangs. */
    fun <T> pause(work: () -> T): T {
        val before = synchronized(this) {
            ++pauses
            current
        }
        stop()
        before?.end?.await(PAUSE_SECONDS, TimeUnit.SECONDS)
        try {
            return work()
        } finally {
            synchronized(this) { --pauses }
            begin()
        }
    }

    /**
     * The end of a process in the background is not the program's fault, so there is no marker. A trial is interrupted, and
     * begins again in the foreground.
     */
    fun setInForeground(isInForeground: Boolean) {
        var interrupted: Attempt? = null
        synchronized(this) {
            this.isInForeground = isInForeground
            val attempt = current
            if (isInForeground && attempt?.isInterrupted == true) begin()
            if (!isInForeground && attempt != null && attempt.end.count > 0) interrupted = attempt
            interrupted?.isInterrupted = true
            interrupted?.isCancelled = true
        }
        if (!isInForeground) thread(name = "selection", isDaemon = true) { leaveForeground(interrupted) }
    }

    /** Frees the memory of the program while the app is in the background. It is loaded again in the foreground. */
    fun release() {
        synchronized(this) {
            if (isInForeground) return
            current?.isInterrupted = true
        }
        stop()
    }

    private fun leaveForeground(interrupted: Attempt?) {
        unmark()
        val start = interrupted?.start ?: return
        if (System.nanoTime() - start > hangSeconds * NANOS_PER_SECOND) abandon(interrupted)
    }

    private fun begin(choice: BackendChoice? = null) = synchronized(this) {
        choice?.let { store.choice = it }
        val before = current?.also { it.isCancelled = true }
        val next = Attempt().also { current = it }
        thread(name = "selection", isDaemon = true) {
            try {
                if (before?.end?.await(hangSeconds, TimeUnit.SECONDS) == false && before.start != null) abandon(before)
                next.goOn()
                if (choice == BackendChoice.BACKEND) forgetFailure()
                if (mayDecide(next)) decide(next) else show(read())
            } catch (_: CancellationException) {
                Log.i(TAG, "The selection was ended")
            } catch (failure: Throwable) { // the CPU's program serves, whatever it is
                Log.e(TAG, "The selection fails", failure)
            } finally {
                next.end.countDown()
            }
        }
    }

    /** The user wants a program that has failed. */
    private fun forgetFailure() {
        val outcome = read()?.outcome
        hasJustCrashed = false
        if (outcome == Outcome.CRASHED || outcome == Outcome.FAILED || outcome == Outcome.DROPPED) file.delete()
    }

    /** Not while the self-check runs, not before the CPU's program serves, and not in the background. */
    private fun mayDecide(attempt: Attempt) = synchronized(this) {
        attempt.isInterrupted = !isInForeground
        isInForeground && pauses == 0 && analysis != null
    }

    /** Returns the record; the first time with the crash that the last process may have left. */
    private fun read(): SelectionRecord? {
        val record = file.read()?.takeIf { it.key == key && it.backend == candidate.backend }
        val isFirst = synchronized(marker) { !hasRead.also { hasRead = true } }
        if (!isFirst || file.readMarker() != key) return record
        val crashed = record ?: SelectionRecord(key, candidate.backend, Outcome.CRASHED)
        hasJustCrashed = crashed.outcome != Outcome.CRASHED
        val crashes = crashed.crashes + 1
        val outcome = if (crashes < CRASHES_UNTIL_OUT) crashed.outcome else Outcome.CRASHED
        return crashed.copy(outcome = outcome, crashes = crashes).also {
            file.write(it)
            unmark()
        }
    }

    private fun mark() = synchronized(marker) { if (isInForeground && !isDebugged()) file.writeMarker(key) }

    private fun unmark() = synchronized(marker) { file.deleteMarker() }

    private fun show(record: SelectionRecord?, isTrying: Boolean = false, isServing: Boolean = false) {
        states.value = SelectionState(store.choice, record, isTrying, isServing)
    }

    private fun decide(attempt: Attempt) {
        models.serve(null)
        val record = read()
        unmark()
        val choice = store.choice
        show(record)
        val isWanted = when (record?.outcome) {
            null -> choice != BackendChoice.CPU

            // The first compilation may crash once
            Outcome.CRASHED -> choice != BackendChoice.CPU && record.crashes < CRASHES_UNTIL_OUT

            Outcome.SELECTED -> choice != BackendChoice.CPU && !hasJustCrashed

            Outcome.SLOWER, Outcome.WRONG -> choice == BackendChoice.BACKEND && !hasJustCrashed

            Outcome.FAILED, Outcome.DROPPED -> false
        }
        if (isWanted) tryToServe(attempt, record)
    }

    /** Loads the program, proves and times it unless the [record] has that, and lets it serve if it may. */
    private fun tryToServe(attempt: Attempt, record: SelectionRecord?) {
        val proven = record?.takeIf { it.outcome != Outcome.CRASHED }
        var loaded: D? = null
        try {
            val start = System.nanoTime().also { attempt.start = it }
            mark()
            show(record, isTrying = true)
            val detector = candidate.load(attempt::goOn).also { loaded = it }
            val loadNanos = System.nanoTime() - start
            attempt.goOn()
            val result = proven ?: tryOut(attempt, detector, loadNanos)
            attempt.goOn()
            if (proven == null) file.write(result)
            if (result.outcome == Outcome.SELECTED || store.choice == BackendChoice.BACKEND) {
                serve(attempt, detector, result)
                loaded = null
            } else {
                unmark()
                show(result)
            }
        } catch (cancelled: CancellationException) {
            if (!attempt.isAbandoned) {
                unmark()
                show(record)
            }
            throw cancelled
        } catch (failure: Throwable) { // a library that is missing is an Error, not an Exception
            Log.w(TAG, "The program of ${candidate.backend} fails", failure)
            if (!attempt.isAbandoned) fail(failure.message.orEmpty())
        } finally {
            loaded?.close()
        }
    }

    private fun abandon(attempt: Attempt) {
        attempt.isAbandoned = true
        fail("it hangs")
    }

    private fun fail(problem: String) {
        val failed = SelectionRecord(key, candidate.backend, Outcome.FAILED, problem)
        try {
            file.write(failed)
        } finally { // the storage may be full
            unmark()
            show(failed)
        }
    }

    private fun tryOut(attempt: Attempt, detector: D, loadNanos: Long): SelectionRecord {
        // The first runs may take long, or hang: no frame waits for them
        var verdict = candidate.prove(detector) { run ->
            attempt.goOn()
            run(detector)
        }
        val times = mutableListOf<Pair<Long, Long>>()
        while (verdict.passed && times.size < RUNS) {
            verdict = candidate.prove(detector) { run -> times += time(attempt, detector, run) }
        }
        val record = SelectionRecord(
            key,
            candidate.backend,
            Outcome.WRONG,
            problem = verdict.problem,
            worst = verdict.worst.takeIf { it.isFinite() },
            unit = verdict.unit,
            pictures = verdict.pictures,
            loadMilliseconds = milliseconds(loadNanos)
        )
        if (!verdict.passed) return record
        val mine = milliseconds(Benchmark.median(times.map { it.first }))
        val cpu = milliseconds(Benchmark.median(times.map { it.second }))
        val outcome = if (mine < cpu) Outcome.SELECTED else Outcome.SLOWER
        return record.copy(outcome = outcome, milliseconds = mine, cpuMilliseconds = cpu)
    }

    /** Runs the program and the CPU's between two frames. Returns the nanoseconds of each. */
    private fun time(attempt: Attempt, detector: D, run: (D) -> Unit): Pair<Long, Long> {
        val task = FutureTask {
            attempt.goOn()
            models.use { cpu -> measureNanoTime { run(detector) } to measureNanoTime { run(cpu) } }
        }
        try {
            val thread = synchronized(this) { analysis } ?: throw CancellationException()
            thread.execute(task)
            return task.get()
        } catch (_: RejectedExecutionException) { // the screen is gone
            throw CancellationException()
        } catch (failure: ExecutionException) {
            throw failure.cause ?: failure
        }
    }

    private fun serve(attempt: Attempt, detector: D, record: SelectionRecord) {
        val sound = record.copy(crashes = 0)
        val onStarted = {
            unmark()
            if (record != sound) tryToWrite(sound)
        }
        val program = ServingProgram(detector, candidate::hasNaN, onStarted) {
            val dropped = sound.copy(outcome = Outcome.DROPPED)
            unmark()
            show(dropped)
            tryToWrite(dropped)
        }
        val isWanted = models.serve(program) {
            if (!attempt.isCancelled) show(record, isServing = true)
            !attempt.isCancelled
        }
        if (!isWanted) throw CancellationException()
    }

    private fun tryToWrite(record: SelectionRecord) = try {
        file.write(record)
    } catch (failure: IOException) { // the disk is full: the next start finds the older record
        Log.w(TAG, "The record cannot be written", failure)
    }

    private fun milliseconds(nanos: Long) = nanos / NANOS_PER_MILLISECOND

    companion object {
        const val CRASHES_UNTIL_OUT = 2
        private const val TAG = "Selection"
        private const val RUNS = 10 // timed, and compared
        private const val HANG_SECONDS = 60L // the first load may compile for long
        private const val PAUSE_SECONDS = 3L
        private const val NANOS_PER_MILLISECOND = 1e6
        private const val NANOS_PER_SECOND = 1_000_000_000L
    }
}
