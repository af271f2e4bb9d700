package edgegen

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

/** A further program of the app's model. */
interface Candidate<D : Closeable> {
    val backend: String

    /** Loads it and runs it once. [goOn] throws to end that. */
    fun load(goOn: () -> Unit): D

    /** Compares it with the golden vectors. [goOn] throws to end that. */
    fun prove(detector: D, goOn: () -> Unit): Verdict

    /** Runs a detector once, on a golden picture. Returns the nanoseconds. */
    fun time(detector: D): Long

    fun hasNaN(detector: D): Boolean
}

/** What the screen shows. */
class ElectionState(
    val choice: BackendChoice,
    val record: ElectionRecord? = null,
    val isTrying: Boolean = false,
    val isServing: Boolean = false
)

/**
 * Decides whether the program of another backend serves instead of the CPU's: only if it gives the same results on this
 * device, and is faster. The CPU's program serves until then. A record is written before the program is loaded, so that the
 * next start knows of a trial that ended the process.
 */
class Election<D : Closeable>(
    private val models: ModelRepository<D>,
    private val candidate: Candidate<D>,
    private val key: String,
    private val file: RecordFile,
    private val store: ChoiceStore,
    /** After this time a trial that was ended counts as one that hangs. */
    private val hangSeconds: Long = HANG_SECONDS
) {
    /** One run of [decide]. */
    private inner class Attempt {
        val end = CountDownLatch(1)

        @Volatile var isCancelled = false

        /** Another attempt did not wait for this one, which hangs: the record is no longer its own. */
        @Volatile var isAbandoned = false

        fun goOn() {
            if (isCancelled) throw CancellationException()
        }
    }

    private val states = MutableStateFlow(ElectionState(BackendChoice.AUTOMATIC))
    private var analysis: Executor? = null
    private var current: Attempt? = null
    private var pauses = 0

    val state: StateFlow<ElectionState> = states.asStateFlow()

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
        states.value = states.value.let { ElectionState(it.choice, it.record) }
    }

    /** Runs [work] while no further program is loaded or tried. Does not wait long for one that hangs. */
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

    private fun begin(choice: BackendChoice? = null) = synchronized(this) {
        choice?.let { store.choice = it }
        val before = current?.also { it.isCancelled = true }
        val next = Attempt().also { current = it }
        thread(name = "election", isDaemon = true) {
            if (before?.end?.await(hangSeconds, TimeUnit.SECONDS) == false) before.isAbandoned = true
            try {
                next.goOn()
                if (choice == BackendChoice.BACKEND) forgetFailure()
                if (mayDecide()) decide(next) else show(read())
            } catch (_: CancellationException) {
                Log.i(TAG, "The election was ended")
            } catch (failure: Throwable) { // the CPU's program serves, whatever it is
                Log.e(TAG, "The election fails", failure)
            } finally {
                next.end.countDown()
            }
        }
    }

    /** The user wants a program that has failed. */
    private fun forgetFailure() {
        val outcome = read()?.outcome
        if (outcome == Outcome.CRASHED || outcome == Outcome.FAILED || outcome == Outcome.DROPPED) file.restore(null)
    }

    /** Not while the self-check runs, and not before the CPU's program serves. */
    private fun mayDecide() = synchronized(this) { pauses == 0 && analysis != null }

    private fun read() = file.read()?.takeIf { it.key == key && it.backend == candidate.backend }

    private fun show(record: ElectionRecord?, isTrying: Boolean = false, isServing: Boolean = false) {
        states.value = ElectionState(store.choice, record, isTrying, isServing)
    }

    private fun decide(attempt: Attempt) {
        models.serve(null)
        var record = read()
        if (record?.outcome == Outcome.TRYING) record = record.copy(outcome = Outcome.CRASHED).also { file.write(it) }
        val choice = store.choice
        show(record)
        val isWanted = when (record?.outcome) {
            null, Outcome.ELECTED -> choice != BackendChoice.CPU
            Outcome.SLOWER, Outcome.WRONG -> choice == BackendChoice.BACKEND
            else -> false
        }
        if (isWanted) tryToServe(attempt, record)
    }

    /** Loads the program, proves and times it if there is no [record] yet, and lets it serve if it may. */
    private fun tryToServe(attempt: Attempt, record: ElectionRecord?) {
        val marker = (record ?: ElectionRecord(key, candidate.backend, Outcome.TRYING)).copy(outcome = Outcome.TRYING)
        file.write(marker)
        show(record, isTrying = true)
        var loaded: D? = null
        try {
            val start = System.nanoTime()
            val detector = candidate.load(attempt::goOn).also { loaded = it }
            val loadMilliseconds = milliseconds(System.nanoTime() - start)
            attempt.goOn()
            val result = record ?: tryOut(attempt, detector, marker.copy(loadMilliseconds = loadMilliseconds))
            attempt.goOn()
            file.write(result)
            val isElected = result.outcome == Outcome.ELECTED || store.choice == BackendChoice.BACKEND
            if (isElected && serve(attempt, detector, result)) loaded = null
            if (!isElected) show(result)
        } catch (cancelled: CancellationException) {
            if (!attempt.isAbandoned) {
                file.restore(record)
                show(record)
            }
            throw cancelled
        } catch (failure: Throwable) { // a library that is missing is an Error, not an Exception
            Log.w(TAG, "The program of ${candidate.backend} fails", failure)
            if (!attempt.isAbandoned) fail(marker, failure)
        } finally {
            loaded?.close()
        }
    }

    private fun fail(marker: ElectionRecord, failure: Throwable) {
        val failed = marker.copy(outcome = Outcome.FAILED, problem = failure.message.orEmpty())
        file.write(failed)
        show(failed)
    }

    private fun tryOut(attempt: Attempt, detector: D, marker: ElectionRecord): ElectionRecord {
        val verdict = candidate.prove(detector, attempt::goOn)
        val proven = marker.copy(
            problem = verdict.problem,
            worst = verdict.worst.takeIf { it.isFinite() },
            unit = verdict.unit,
            pictures = verdict.pictures
        )
        if (!verdict.passed) return proven.copy(outcome = Outcome.WRONG)
        val (mine, cpu) = time(attempt, detector)
        val outcome = if (mine < cpu) Outcome.ELECTED else Outcome.SLOWER
        return proven.copy(outcome = outcome, milliseconds = mine, cpuMilliseconds = cpu)
    }

    /** Returns the medians of the program and of the CPU's, in milliseconds. */
    private fun time(attempt: Attempt, detector: D): Pair<Double, Double> {
        val task = FutureTask {
            attempt.goOn()
            models.use { cpu ->
                val times = List(RUNS) {
                    attempt.goOn()
                    candidate.time(detector) to candidate.time(cpu)
                }
                median(times.map { it.first }) to median(times.map { it.second })
            }
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

    /** Returns false if the attempt was cancelled. */
    private fun serve(attempt: Attempt, detector: D, record: ElectionRecord): Boolean {
        val program = ServingProgram(detector, candidate::hasNaN) {
            val dropped = record.copy(outcome = Outcome.DROPPED)
            show(dropped)
            try {
                file.write(dropped)
            } catch (failure: IOException) { // the disk is full: the next start tries again
                Log.w(TAG, "The record cannot be written", failure)
            }
        }
        return models.serve(program) {
            if (!attempt.isCancelled) show(record, isServing = true)
            !attempt.isCancelled
        }
    }

    private fun median(times: List<Long>) = milliseconds(Benchmark.median(times))

    private fun milliseconds(nanos: Long) = nanos / NANOS_PER_MILLISECOND

    private companion object {
        const val TAG = "Election"
        const val RUNS = 10
        const val HANG_SECONDS = 60L // the first load may compile for long
        const val PAUSE_SECONDS = 3L
        const val NANOS_PER_MILLISECOND = 1e6
    }
}
