package vision.parity

import java.util.Locale
import java.util.concurrent.CancellationException
import vision.ModelInfo
import vision.PixelView

/** A loaded model: run alone, and with preprocessing and decoding. */
interface LoadedModel : Model {
    fun detect(view: PixelView): Timing
}

/** Loads the model for the duration of [work][load]. No other model may be loaded at that time. */
interface ModelLender {
    /** threads: 0: as many as the app uses. */
    fun <T> load(threads: Int, work: (LoadedModel) -> T): T
}

/** The result of a self-check: the comparison, and the fastest timing with its number of threads. */
class Checked(val report: Report, val threads: Int, val fastest: Timing)

/** Compares the real model on this device with PyTorch, and times it. Reports line by line. */
class SelfCheck(private val info: ModelInfo, private val vectors: GoldenVectors, private val models: ModelLender) {
    @Volatile private var isCancelled = false

    /** Ends the check before the next inference, with [CancellationException]. May be called from any thread. */
    fun cancel() {
        isCancelled = true
    }

    /** Compares each stage, from the letterbox to the result. */
    fun compare(): Report = models.load(threads = 0) { model ->
        Parity(info, vectors).run { tensor ->
            goOn()
            model.run(tensor)
        }
    }

    /** [device]: its name in the report. [onLine] gets each line as soon as it is known. */
    fun run(device: String, threadCounts: List<Int>, runs: Int, onLine: (String) -> Unit): Checked {
        goOn()
        about(device).forEach(onLine)
        onLine("")
        val report = compare()
        report.stages.forEach { onLine(text(it)) }
        report.problems.forEach(onLine)
        onLine(verdict(report))
        onLine("")
        onLine("median of $runs, ms: input, model, result, together")
        val benchmark = Benchmark(vectors.picture(0), runs)
        val timings = threadCounts.map { threads ->
            val timing = models.load(threads) { model ->
                benchmark.run { view ->
                    goOn()
                    model.detect(view)
                }
            }
            onLine(text(threads, timing))
            Checked(report, threads, timing)
        }
        return timings.minBy { it.fastest.total }
    }

    private fun goOn() {
        if (isCancelled) throw CancellationException()
    }

    /** Which model, which runtime, which device. */
    private fun about(device: String) = listOf(
        "app: ${info.appName}, made by edgegen ${info.edgegenVersion}",
        "model: ${info.name}, ${info.task.name}, ${info.precision}, " +
            "${info.inputWidth} x ${info.inputHeight}" + classes(),
        "sha256: ${info.sha256}",
        "backends: ${info.backends.joinToString()}",
        "ExecuTorch: ${info.executorchVersion}; exported with " + info.exporterVersion.ifEmpty { "an unknown release" },
        "device: $device"
    )

    /** Depth has none. */
    private fun classes(): String = when {
        info.task.name == "depth" -> ""
        info.classNames.size == 1 -> ", 1 class"
        else -> ", ${info.classNames.size} classes"
    }

    companion object {
        private const val NANOS_PER_MILLISECOND = 1e6

        fun text(stage: Stage): String {
            val verdict = when {
                stage.isMissing -> return "${stage.name}: not compared"
                stage.passed -> "passed"
                else -> "FAILED"
            }
            val worst = String.format(Locale.ROOT, "%.3g", stage.worst)
            val allowed = String.format(Locale.ROOT, "%.3g", stage.tolerance)
            return "${stage.name}: $verdict, worst difference $worst of $allowed ${stage.unit}".trimEnd()
        }

        fun text(threads: Int, timing: Timing): String {
            val stages = listOf(timing.letterbox, timing.model, timing.postprocess, timing.total)
            val times = stages.joinToString { String.format(Locale.ROOT, "%.1f", it / NANOS_PER_MILLISECOND) }
            return "$threads ${if (threads == 1) "thread" else "threads"}: $times"
        }

        fun verdict(report: Report) = when {
            !report.passed -> "FAILED: not the same as ${report.comparedWith}"
            report.missing.isNotEmpty() -> "PASSED as far as was compared: not ${report.missing.joinToString()}"
            report.images == 1 -> "PASSED: the same as ${report.comparedWith} on 1 picture"
            else -> "PASSED: the same as ${report.comparedWith} on ${report.images} pictures"
        }
    }
}
