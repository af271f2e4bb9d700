package edgegen

import android.app.Activity
import android.app.Application
import android.content.Context
import android.os.Build
import android.os.Bundle
import androidx.core.content.edit
import androidx.core.content.pm.PackageInfoCompat
import java.io.File
import java.util.Locale
import vision.ModelInfo
import vision.Program
import vision.parity.Timing
import vision.parity.Trial
import vision.parity.Verdict
import vision.parity.hasNaN

/** The selection between the programs of this app's model. */
val Context.selection: Selection<Detector> get() = (applicationContext as App).selection

/** The extra program as a file, and its proof on this device. */
class ExtraProgram(private val context: Context, private val info: ModelInfo, private val program: Program) :
    Candidate<Detector> {
    private val vectors by lazy { context.goldenVectors() }

    override val backend get() = program.title

    override fun load(goOn: () -> Unit): Detector {
        val folder = File(context.noBackupFilesDir, FOLDER)
        val file = ModelFile(folder, program.sha256) { context.assets.open("model/${program.file}") }.prepare()
        return Detector.load(info) {
            context.models.withThreads { threads ->
                goOn() // an older attempt must not set its number
                Detector.open(file, threads)
            }
        }
    }

    override fun prove(detector: Detector, onPicture: (run: (Detector) -> Unit) -> Unit): Verdict =
        Trial(info, vectors, program).prove { input ->
            onPicture { it.run(input) }
            detector.outputs
        }

    override fun hasNaN(detector: Detector) = detector.outputs.any { it.hasNaN() }

    private companion object {
        const val FOLDER = "further"
    }
}

/** Keeps the setting in the app's preferences. */
private class SavedChoice(context: Context) : ChoiceStore {
    private val preferences = context.getSharedPreferences("selection", Context.MODE_PRIVATE)

    override var choice: BackendChoice
        get() = BackendChoice.entries.find { it.name == preferences.getString(NAME, null) } ?: BackendChoice.AUTOMATIC
        set(value) = preferences.edit { putString(NAME, value.name) }

    private companion object {
        const val NAME = "choice"
    }
}

/** Calls [onChange] when the app comes to the foreground or leaves it. A rotation of the screen is neither. */
class ForegroundCallbacks(private val onChange: (isInForeground: Boolean) -> Unit) :
    Application.ActivityLifecycleCallbacks {
    private var started = 0 // activities

    override fun onActivityStarted(activity: Activity) {
        if (++started == 1) onChange(true)
    }

    override fun onActivityStopped(activity: Activity) {
        if (--started == 0 && !activity.isChangingConfigurations) onChange(false)
    }

    override fun onActivityCreated(activity: Activity, savedInstanceState: Bundle?) = Unit

    override fun onActivityResumed(activity: Activity) = Unit

    override fun onActivityPaused(activity: Activity) = Unit

    override fun onActivitySaveInstanceState(activity: Activity, outState: Bundle) = Unit

    override fun onActivityDestroyed(activity: Activity) = Unit
}

internal fun newSelection(context: Context, models: ModelRepository<Detector>): Selection<Detector> {
    val info = models.selected.info
    val program = ExtraProgram(context, info, info.extraPrograms.first())
    val file = RecordFile(File(context.noBackupFilesDir, "selection.json"))
    return Selection(models, program, keyOf(context, info), file, SavedChoice(context))
}

/** Changes with the device, its system, the app and the programs. */
private fun keyOf(context: Context, info: ModelInfo): String {
    val app = context.packageManager.getPackageInfo(context.packageName, 0)
    val programs = listOf(info.sha256) + info.extraPrograms.map { it.sha256 }
    return listOf(
        "${Build.MANUFACTURER} ${Build.MODEL}",
        "${Build.VERSION.RELEASE} ${Build.VERSION.INCREMENTAL}",
        "${app.versionName} ${PackageInfoCompat.getLongVersionCode(app)}",
        programs.joinToString(" ")
    ).joinToString("; ")
}

/** The table of the self-check: a line for each program. [cpu]: what this self-check measured. */
fun SelectionState.table(backend: String, cpu: Timing, cpuLoadNanos: Long): List<String> = listOf(
    "CPU: the reference, ${number(cpu.model / NANOS)} ms, loaded in ${number(cpuLoadNanos / NANOS)} ms",
    "$backend: " + record?.inWords().orEmpty().ifEmpty { "not checked yet" }
)

private fun SelectionRecord.inWords(): String {
    val verdict = when (outcome) {
        Outcome.SELECTED -> "passed"
        Outcome.SLOWER -> "passed, slower than the CPU"
        Outcome.WRONG -> "FAILED ($problem)"
        Outcome.FAILED -> "cannot run here ($problem)"
        Outcome.CRASHED -> "crashed the app"
        Outcome.DROPPED -> "failed five times in a row"
    }
    val numbers = listOfNotNull(
        worst?.let { "worst difference ${String.format(Locale.ROOT, "%.3g", it)} $unit".trimEnd() },
        milliseconds?.let { "${number(it)} ms" },
        loadMilliseconds?.let { "loaded in ${number(it)} ms" }
    )
    return (listOf(verdict) + numbers).joinToString()
}

private fun number(milliseconds: Double) = String.format(Locale.ROOT, "%.1f", milliseconds)

private const val NANOS = 1e6 // of a millisecond
