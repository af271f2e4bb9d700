// Launches a generated app on the JVM, and writes what it shows to a file. Projects have different packages, so the app's
// classes are found by reflection, and its views by the names of their resources.
package edgegen.driver

import android.Manifest
import android.app.Activity
import android.app.Application
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.os.Looper
import android.os.SystemClock
import android.view.MotionEvent
import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import androidx.camera.core.CameraSelector
import androidx.camera.fake.FakeCamera
import androidx.test.core.app.ApplicationProvider
import java.io.Closeable
import java.io.File
import java.time.Duration
import java.util.IllegalFormatException
import org.json.JSONArray
import org.json.JSONObject
import org.junit.Assert.fail
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import vision.ModelInfo
import vision.ModelInput
import vision.Numbers
import vision.THE_MODEL
import vision.VisionResult
import vision.parity.GoldenVectors
import vision.parity.Parity

private const val PATIENCE_SECONDS = 600
private const val TURN_MILLIS = 10L
private const val ANNOUNCEMENTS_SECONDS = 3L // the app announces results to a screen reader at most this often

/** Reads a task from a JSON file (system property `edgegen.task`), and writes the result to another (`edgegen.answer`). */
@RunWith(RobolectricTestRunner::class)
@Config(qualifiers = "w411dp-h891dp-420dpi")
class Launch {
    private val task = JSONObject(File(System.getProperty("edgegen.task")!!).readText())
    private val packageName = task.getString("package")
    private val application = ApplicationProvider.getApplicationContext<Application>()
    private val info = if (task.getString("key").isEmpty()) THE_MODEL else infoOf(task.getInt("number"))

    @Test
    fun showsWhatItSees() {
        val answer = JSONObject().put("words", words()) // first, because a text with wrong placeholders ends the app
        answer.put("parity", parity(task.getJSONArray("vectors")))
        answer.put("pictures", app(task.getJSONArray("pictures")))
        File(System.getProperty("edgegen.answer")!!).writeText(answer.toString())
    }

    /** Returns the reports of the project's parity test, with the app's own detector. */
    private fun parity(folders: JSONArray): JSONArray {
        val reports = JSONArray()
        loadDetector().use { detector ->
            for (i in 0 until folders.length()) {
                val vectors = GoldenVectors.read { File(folders.getString(i), it).inputStream() }
                val report = Parity(info, vectors).run { input -> run(detector, input) }
                reports.put(JSONObject(report.toJson()))
            }
        }
        return reports
    }

    /** Returns the app's texts for a screen reader, in its language, with {0} and {1} for the values. */
    private fun words(): JSONObject {
        val words = JSONObject()
        for (name in listOf("points_seen", "distances")) {
            val id = application.resources.getIdentifier(name, "string", packageName)
            if (id == 0) continue
            try {
                words.put(name, application.resources.getString(id, "{0}", "{1}"))
            } catch (failure: IllegalFormatException) {
                fail("the string $name does not take texts (${failure.message}): use %1\$s and %2\$s")
            }
        }
        return words
    }

    private fun loadDetector(): Closeable {
        val companion = detectorClass().getField("Companion").get(null)!!
        val threads = Int::class.javaPrimitiveType
        val load = companion.javaClass.getMethod("load", File::class.java, threads, ModelInfo::class.java)
        return load.invoke(companion, File(task.getString("model")), 0, info) as Closeable
    }

    /** Returns the app's detector, which projects of edgegen 0.1 have in the app's package. */
    private fun detectorClass(): Class<*> = try {
        Class.forName("edgegen.Detector")
    } catch (_: ClassNotFoundException) {
        Class.forName("$packageName.Detector")
    }

    /** Returns the app's constants of one of its models. */
    private fun infoOf(number: Int): ModelInfo {
        val repository = application.javaClass.getMethod("getModels").invoke(application)!!
        val carried = (repository.javaClass.getMethod("getModels").invoke(repository) as List<*>)[number]!!
        return carried.javaClass.getMethod("getInfo").invoke(carried) as ModelInfo
    }

    @Suppress("UNCHECKED_CAST")
    private fun run(detector: Closeable, input: ModelInput): Array<Numbers> =
        detector.javaClass.getMethod("run", ModelInput::class.java).invoke(detector, input) as Array<Numbers>

    /** Starts the app, shows it one picture after the other, and returns what it shows. */
    private fun app(pictures: JSONArray): JSONArray {
        FakeCamera.reset(CameraSelector.LENS_FACING_BACK, CameraSelector.LENS_FACING_FRONT)
        shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
        @Suppress("UNCHECKED_CAST")
        val main = Class.forName("$packageName.MainActivity") as Class<Activity>
        val seen = JSONArray()
        Robolectric.buildActivity(main).use { controller ->
            val activity = controller.setup().get()
            if (task.getString("key").isNotEmpty()) choose(activity)
            for (i in 0 until pictures.length()) seen.put(show(activity, pictures.getJSONObject(i)))
        }
        return seen
    }

    /** Chooses the model in the app's settings, as a user does. */
    private fun choose(activity: Activity) {
        val isReady = { !activity.view<View>("message").isShown }
        await(activity, "the app does not load its first model", isReady)
        activity.view<View>("adjust").performClick()
        idle()
        activity.view<ViewGroup>("models").getChildAt(task.getInt("number")).performClick()
        await(activity, "the app does not load the chosen model", isReady)
        activity.window.decorView.jumpDrawablesToCurrentState() // end the animation of the pressed button
        task.getString("choice").takeIf { it.isNotEmpty() }?.let { screenshot(activity, File(it)) }
        // Studios of edgegen 0.1 close the settings with the button that opens them
        (activity.find("close_sheet") ?: activity.view("adjust")).performClick()
    }

    private fun show(activity: Activity, picture: JSONObject): JSONObject {
        val bitmap = read(picture)
        // At the first frame the model may still be loading. The second one is shown after the app has closed the first.
        repeat(2) { look(activity, bitmap) }
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(ANNOUNCEMENTS_SECONDS))
        look(activity, bitmap) // the app updates its frame rate only this often
        val overlay = activity.view<View>("overlay")
        val asked = overlay.createAccessibilityNodeInfo() // as a screen reader does; it gets the newest result
        val seen = JSONObject().put("description", asked?.contentDescription?.toString().orEmpty())
        val shown = overlay.javaClass.getMethod("getShown").invoke(overlay) as VisionResult?
        seen.put("rows", json(shown?.rows().orEmpty()))
        seen.put("drawn", Drawing.of(overlay, File(picture.getString("painted"))))
        if (overlay.javaClass.methods.any { it.name == "tapped" }) tap(overlay)
        picture.optString("screenshot").takeIf { it.isNotEmpty() }?.let { screenshot(activity, File(it)) }
        return seen
    }

    private fun look(activity: Activity, bitmap: Bitmap) {
        await(activity, "the app takes no picture from the camera") { FakeCamera.show(bitmap) > 0 }
        await(activity, "the app did not close a frame of the camera") { FakeCamera.openFrames.get() == 0 }
        idle()
    }

    /** Taps the middle of a view. */
    private fun tap(view: View) {
        val now = SystemClock.uptimeMillis()
        for (action in listOf(MotionEvent.ACTION_DOWN, MotionEvent.ACTION_UP)) {
            val event = MotionEvent.obtain(now, now, action, view.width / 2f, view.height / 2f, 0)
            view.dispatchTouchEvent(event)
            event.recycle()
        }
        idle()
    }

    private fun await(activity: Activity, problem: String, done: () -> Boolean) {
        val end = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS.toLong()).toNanos()
        while (!done()) {
            idle()
            if (System.nanoTime() > end) fail("$problem; its message: ${messageOf(activity)}")
            Thread.sleep(TURN_MILLIS)
        }
    }

    private fun idle() = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(TURN_MILLIS))

    private fun messageOf(activity: Activity) = activity.view<TextView>("message").text.ifEmpty { "nothing" }

    private fun <T : View> Activity.view(name: String): T =
        findViewById(resources.getIdentifier(name, "id", packageName))

    private fun Activity.find(name: String): View? =
        resources.getIdentifier(name, "id", packageName).takeIf { it != 0 }?.let { findViewById(it) }

    /** Reads a picture from a file of red, green and blue bytes. */
    private fun read(picture: JSONObject): Bitmap {
        val rgb = File(picture.getString("file")).readBytes()
        val width = picture.getInt("width")
        // Not as bytes: the memory layout of a Bitmap differs between Robolectric and a phone.
        val colors = IntArray(rgb.size / 3) { Color.rgb(rgb.at(3 * it), rgb.at(3 * it + 1), rgb.at(3 * it + 2)) }
        return Bitmap.createBitmap(colors, width, picture.getInt("height"), Bitmap.Config.ARGB_8888)
    }

    private fun ByteArray.at(index: Int) = this[index].toInt() and 0xFF

    private fun screenshot(activity: Activity, file: File) {
        val window = activity.window.decorView
        val bitmap = Bitmap.createBitmap(window.width, window.height, Bitmap.Config.ARGB_8888)
        window.draw(Canvas(bitmap))
        file.outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
    }
}
