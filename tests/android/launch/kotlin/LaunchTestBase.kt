package launch

import android.Manifest
import android.app.Activity
import android.app.Application
import android.content.Context
import android.content.Intent
import android.content.SharedPreferences
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.Rect
import android.graphics.RectF
import android.hardware.display.DisplayManager
import android.net.Uri
import android.os.Bundle
import android.os.Looper
import android.os.SystemClock
import android.view.Display
import android.view.MotionEvent
import android.view.Surface
import android.view.View
import android.widget.SeekBar
import android.widget.TextView
import androidx.camera.core.CameraSelector
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.Preview
import androidx.camera.fake.FakeCamera
import androidx.core.view.WindowCompat
import androidx.test.core.app.ApplicationProvider
import com.sun.management.ThreadMXBean
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.InputStream
import java.lang.management.ManagementFactory
import java.time.Duration
import kotlin.math.ceil
import kotlin.math.floor
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Assert.fail
import org.junit.Before
import org.junit.runner.RunWith
import org.pytorch.executorch.Calls
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowPopupMenu
import vision.Detection
import vision.THE_MODEL
import vision.parity.GoldenVectors
import vision.parity.Picture
import vision.summary

const val PHONE = "w411dp-h891dp-420dpi"
private val PATIENCE_SECONDS = System.getProperty("patience")?.toLong() ?: 300L
private const val TURN_MILLIS = 10L
private const val SMALLEST_LETTERS = 30f // pixels
private const val JPEG_DIFFERENCE = 0.02 // share of pixels that the file format changes visibly

/** The least time between two announcements to a screen reader. */
const val ANNOUNCEMENTS_SECONDS = 3L

/**
 * Launches a generated app on the JVM. This class does not depend on the app's package: it finds classes by name and
 * views by the names of their resources. System properties: `vectors`, the project's golden vectors, some with
 * detections; `out`, a folder for screenshots; `photo`, an optional JPEG file for them.
 */
@RunWith(RobolectricTestRunner::class)
@Config(qualifiers = PHONE)
abstract class LaunchTestBase {
    protected val application: Application = ApplicationProvider.getApplicationContext()
    protected val packageName: String = System.getProperty("app.package") ?: application.packageName
    protected val vectors by lazy {
        GoldenVectors.read { File(System.getProperty("vectors")!!, it).inputStream() }
    }
    private val uri: Uri = Uri.parse("content://gallery/picture")
    private val controllers = mutableListOf<ActivityController<out Activity>>()

    @Before
    fun setUpAPhoneWithTwoCameras() {
        FakeCamera.reset(CameraSelector.LENS_FACING_BACK, CameraSelector.LENS_FACING_FRONT)
        shadowOf(application).grantPermissions(Manifest.permission.CAMERA)
        firstStart().edit().putBoolean("is_read", true).commit() // skip the welcome screen
        Calls.failures.set(0)
        Calls.replacedUnderAModule.clear()
    }

    /** The preferences that record whether the user has read the welcome screen. */
    protected fun firstStart(): SharedPreferences =
        application.getSharedPreferences("first_start", Context.MODE_PRIVATE)

    @After
    fun destroyActivities() {
        controllers.forEach { if (!it.get().isDestroyed) it.pause().stop().destroy() }
        settle()
        await("the self-check has ended") { threads("self-check").isEmpty() }
        assertEquals("threads replaced under a loaded model", emptyList<String>(), Calls.replacedUnderAModule)
    }

    protected fun threads(name: String) = Thread.getAllStackTraces().keys.filter { it.name == name && it.isAlive }

    /** The mean number of bytes that the detector's thread allocates for a frame, over [times] frames. */
    protected fun bytesAFrame(frame: Bitmap, times: Int): Long {
        val detector = threads("detector").single()
        val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
        val before = threads.getThreadAllocatedBytes(detector.id)
        repeat(times) { show(frame) }
        return (threads.getThreadAllocatedBytes(detector.id) - before) / times
    }

    @Suppress("UNCHECKED_CAST")
    protected fun activityClass(name: String) = Class.forName("$packageName.$name") as Class<Activity>

    /** [saved]: the instance state that an earlier process saved. */
    protected fun launch(name: String = "MainActivity", saved: Bundle? = null): ActivityController<Activity> {
        val controller = Robolectric.buildActivity(activityClass(name)).also { controllers += it }
        return if (saved == null) controller.setup() else controller.setup(saved)
    }

    protected fun <T : View> Activity.view(name: String): T =
        findViewById(resources.getIdentifier(name, "id", packageName))

    protected fun Activity.text(name: String) = view<TextView>(name).text.toString()

    protected fun Activity.press(name: String) = view<View>(name).let {
        assertTrue("$name can be pressed", it.isShown && it.isEnabled)
        it.performClick()
    }

    /** Without values, the text keeps its placeholders. */
    protected fun Activity.string(name: String, vararg values: String): String {
        val id = resources.getIdentifier(name, "string", packageName)
        return if (values.isEmpty()) getString(id) else getString(id, *values)
    }

    protected val Activity.overlay: View get() = view("overlay")

    /** A slider of the sheet by the name of its row. */
    protected fun Activity.slider(row: String): SeekBar =
        view<View>(row).findViewById(resources.getIdentifier("bar", "id", packageName))

    /** The text of its value. */
    protected fun Activity.value(row: String): String =
        view<View>(row).findViewById<TextView>(resources.getIdentifier("value", "id", packageName)).text.toString()

    protected fun Activity.openSheet() = press("adjust").also { settle() }

    protected fun Activity.closeSheet() = press("close_sheet").also { settle() }

    /** Switches tracking in the sheet. */
    protected fun Activity.switchTracking() {
        openSheet()
        press("follow")
        closeSheet()
    }

    protected fun detections(activity: Activity): List<Detection> =
        (activity.overlay.javaClass.getMethod("getDetections").invoke(activity.overlay) as List<*>)
            .map { it as Detection }

    /** The place of the whole view in the window, including hidden parts. */
    protected fun placeOf(view: View): Rect {
        val corner = IntArray(2).also(view::getLocationInWindow)
        return Rect(corner[0], corner[1], corner[0] + view.width, corner[1] + view.height)
    }

    /** The place of a picture in the overlay: it [fills] the view as the preview does, or is shown whole. */
    protected fun placeOf(picture: Picture, overlay: View, fills: Boolean = true): RectF {
        val (across, down) = overlay.width / picture.width.toFloat() to overlay.height / picture.height.toFloat()
        val scale = if (fills) maxOf(across, down) else minOf(across, down)
        return RectF(0f, 0f, picture.width * scale, picture.height * scale).apply {
            offset((overlay.width - width()) / 2, (overlay.height - height()) / 2)
        }
    }

    protected fun settle() = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(TURN_MILLIS))

    protected fun pass(seconds: Long) = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(seconds))

    protected fun await(what: String, isDone: () -> Boolean) {
        val end = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS).toNanos()
        while (true) {
            settle()
            if (isDone()) return
            if (System.nanoTime() > end) fail("waited in vain until $what")
            Thread.sleep(TURN_MILLIS)
        }
    }

    protected fun awaitMessage(activity: Activity, text: String) = await("it says '$text'") {
        activity.view<View>("message").isShown && activity.text("message") == text
    }

    /** Waits until the model is loaded and no message is shown. */
    protected fun awaitReady(activity: Activity) = await("the camera runs, and the model is loaded") {
        FakeCamera.boundLens() != CameraSelector.LENS_FACING_UNKNOWN && !activity.view<View>("message").isShown
    }

    /** A phone that is turned from one landscape to the other gets no new activity and, on a photo, no frame. */
    protected fun assertCameraFollowsDisplay() {
        val activity = launch().get()
        awaitReady(activity)
        val display = activity.getSystemService(DisplayManager::class.java).getDisplay(Display.DEFAULT_DISPLAY)
        for (rotation in listOf(Surface.ROTATION_270, Surface.ROTATION_90, Surface.ROTATION_0)) {
            shadowOf(display).setRotation(rotation)
            await("the camera follows the display to $rotation") { targetRotations() == listOf(rotation, rotation) }
        }
    }

    private fun targetRotations(): List<Int?> {
        val bound = FakeCamera::class.java.getDeclaredField("bound").apply { isAccessible = true }
        return (bound.get(null) as Map<*, *>).keys.map {
            (it as? ImageAnalysis)?.targetRotation ?: (it as? Preview)?.targetRotation
        }
    }

    /** [isDark]: the navigation buttons on the sheet. [opens] and [closes]: views that do that with the sheet. */
    protected fun assertNavigationFollowsSheet(isDark: Boolean, opens: String, closes: String) {
        val activity = launch().get()
        awaitReady(activity)
        val bars = WindowCompat.getInsetsController(activity.window, activity.window.decorView)
        assertFalse("on the picture", bars.isAppearanceLightNavigationBars)
        activity.press(opens)
        settle()
        assertEquals("on the sheet", isDark, bars.isAppearanceLightNavigationBars)
        activity.press(closes)
        settle()
        assertFalse("on the picture again", bars.isAppearanceLightNavigationBars)
    }

    /** Shows a picture to a result processor that fails. */
    protected fun awaitProcessorMessage(activity: Activity, picture: Picture, failure: String) {
        show(bitmap(picture))
        awaitMessage(activity, activity.string("processor_failed", failure))
    }

    /** Presses "Try again", shows a picture, and returns the calls of the runtime for that. */
    protected fun callsOfAnotherTry(activity: Activity, picture: Picture): List<String> {
        val calls = mutableListOf<String>()
        Calls.listener = { synchronized(calls) { calls += it } }
        try {
            activity.press("message_action")
            awaitReady(activity)
            show(bitmap(picture))
        } finally {
            Calls.listener = null
        }
        return calls
    }

    /** Chooses an entry of the menu. */
    protected fun choose(activity: Activity, item: String) {
        activity.view<View>("menu").performClick()
        val id = activity.resources.getIdentifier(item, "id", packageName)
        assertTrue(ShadowPopupMenu.getLatestPopupMenu().menu.performIdentifierAction(id, 0))
        settle()
    }

    /** Shows a picture to the camera and waits until the app has analysed and returned the frame. */
    protected fun show(bitmap: Bitmap, rotation: Int = -1) {
        await("the app takes a frame") { FakeCamera.show(bitmap, rotation) > 0 }
        await("the frame is given back") { FakeCamera.openFrames.get() == 0 }
        settle()
    }

    protected fun touch(view: View, action: Int, vararg fingers: Pair<Float, Float>) {
        val properties = Array(fingers.size) { MotionEvent.PointerProperties().apply { id = it } }
        val places = Array(fingers.size) { i ->
            MotionEvent.PointerCoords().apply {
                x = fingers[i].first
                y = fingers[i].second
                pressure = 1f
            }
        }
        val now = SystemClock.uptimeMillis()
        val event = MotionEvent.obtain(now, now, action, fingers.size, properties, places, 0, 0, 1f, 1f, 0, 0, 0, 0)
        view.dispatchTouchEvent(event)
        event.recycle()
        settle()
    }

    /** The two counts at the line: to its right and to its left. */
    protected fun numbersDrawn(overlay: View): List<Int> {
        val numbers = mutableListOf<Int>()
        val canvas = object : Canvas(Bitmap.createBitmap(overlay.width, overlay.height, Bitmap.Config.ARGB_8888)) {
            override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
                val number = text.toIntOrNull() ?: return
                numbers += number
                assertTrue("letters of ${paint.textSize} pixels", paint.textSize > SMALLEST_LETTERS)
            }
        }
        overlay.draw(canvas)
        return numbers
    }

    protected fun drag(view: View, x: Float, from: Float, to: Float) {
        touch(view, MotionEvent.ACTION_DOWN, x to from)
        for (y in listOf((from + to) / 2, to)) touch(view, MotionEvent.ACTION_MOVE, x to y)
        touch(view, MotionEvent.ACTION_UP, x to to)
    }

    protected fun moved(picture: Bitmap, right: Int): Bitmap {
        val moved = Bitmap.createBitmap(picture.width, picture.height, Bitmap.Config.ARGB_8888)
        moved.eraseColor(picture.getPixel(0, 0))
        Canvas(moved).drawBitmap(picture, right.toFloat(), 0f, null)
        return moved
    }

    /** Opens a photo from the gallery, a file with these bytes. */
    protected fun open(activity: Activity, bytes: ByteArray, beforeItIsRead: () -> Unit = {}) {
        shadowOf(application.contentResolver).registerInputStreamSupplier(uri) {
            beforeItIsRead()
            ByteArrayInputStream(bytes)
        }
        activity.press("pick_photo")
        val picking = shadowOf(activity).nextStartedActivityForResult
        assertNotNull("the picker opens", picking)
        shadowOf(activity).receiveResult(picking.intent, Activity.RESULT_OK, Intent().setData(uri))
        settle()
    }

    /** The file of this type that the app shares with another app. */
    protected fun awaitShared(activity: Activity, type: String): InputStream {
        await("it is shared") { shadowOf(activity).peekNextStartedActivity() != null }
        val chooser = shadowOf(activity).nextStartedActivity

        @Suppress("DEPRECATION")
        val send = chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)!!
        assertEquals(type, send.type)
        assertTrue(send.flags and Intent.FLAG_GRANT_READ_URI_PERMISSION != 0)
        @Suppress("DEPRECATION")
        val stream = send.getParcelableExtra<Uri>(Intent.EXTRA_STREAM)!!
        assertEquals("content", stream.scheme)
        return application.contentResolver.openInputStream(stream)!!
    }

    /** The picture that the app shares with another app. */
    protected fun sharePicture(activity: Activity): Bitmap {
        while (shadowOf(activity).nextStartedActivity != null) continue
        choose(activity, "share")
        return awaitShared(activity, "image/jpeg").use(BitmapFactory::decodeStream)
    }

    protected fun awaitSeen(activity: Activity) {
        await("the photo is there") {
            activity.view<View>("picture").isShown && !activity.view<View>("message").isShown
        }
        await("it has been looked at") { activity.text("stats").isNotEmpty() }
    }

    /** How many of the pixels differ, 0 to 1. */
    protected fun differingShare(a: Bitmap, b: Bitmap): Double {
        var different = 0
        for (y in 0 until a.height) {
            for (x in 0 until a.width) if (distance(a.getPixel(x, y), b.getPixel(x, y)) > 60) different++
        }
        return different / (a.width * a.height).toDouble()
    }

    private fun distance(a: Int, b: Int) = listOf(0, 8, 16).maxOf {
        kotlin.math.abs((a shr it and 0xFF) - (b shr it and 0xFF))
    }

    protected fun jpeg(bitmap: Bitmap) = compressed(bitmap, Bitmap.CompressFormat.JPEG)

    protected fun png(bitmap: Bitmap) = compressed(bitmap, Bitmap.CompressFormat.PNG)

    protected fun compressed(bitmap: Bitmap, format: Bitmap.CompressFormat) = ByteArrayOutputStream().also {
        bitmap.compress(format, 100, it)
    }.toByteArray()

    protected fun bitmap(picture: Picture): Bitmap {
        val rgb = picture.bytes("picture")
        val colors = IntArray(picture.width * picture.height) { i ->
            Color.rgb(rgb[3 * i].toInt() and 0xFF, rgb[3 * i + 1].toInt() and 0xFF, rgb[3 * i + 2].toInt() and 0xFF)
        }
        return Bitmap.createBitmap(colors, picture.width, picture.height, Bitmap.Config.ARGB_8888)
    }

    /** Asserts that crops have the pixels of their boxes in this picture. Then it forgets them. */
    protected fun assertAreCrops(of: Bitmap, count: Int, crops: MutableList<Pair<Detection, Bitmap?>>) {
        assertEquals(count, crops.size)
        for ((box, crop) in crops) {
            val right = partOf(of, box)
            assertEquals("$box", "${right.width} x ${right.height}", "${crop?.width} x ${crop?.height}")
            assertArrayEquals("$box", pixels(right), pixels(crop!!))
        }
        crops.clear()
    }

    /** Asserts that README's second example has saved a crop of the first box of each class. It deletes them. */
    protected fun assertSavedCrops(of: Bitmap, boxes: List<Detection>) {
        val saved = application.cacheDir.listFiles { file -> file.name.startsWith("crop-") }.orEmpty().toSet()
        val firsts = boxes.distinctBy { it.classId }
        assertEquals(firsts.map { File(application.cacheDir, "crop-${it.classId}.jpg") }.toSet(), saved)
        for (box in firsts) {
            val crop = BitmapFactory.decodeFile(File(application.cacheDir, "crop-${box.classId}.jpg").path)
            val right = partOf(of, box)
            assertEquals("$box", "${right.width} x ${right.height}", "${crop.width} x ${crop.height}")
            val different = differingShare(right, crop)
            assertTrue("$different of $box", different < JPEG_DIFFERENCE)
        }
        saved.forEach { it.delete() }
    }

    private fun partOf(picture: Bitmap, box: Detection): Bitmap {
        val (left, top) = floor(box.x1).toInt().coerceAtLeast(0) to floor(box.y1).toInt().coerceAtLeast(0)
        val right = ceil(box.x2).toInt().coerceAtMost(picture.width)
        val bottom = ceil(box.y2).toInt().coerceAtMost(picture.height)
        return Bitmap.createBitmap(picture, left, top, right - left, bottom - top)
    }

    private fun pixels(bitmap: Bitmap) = IntArray(bitmap.width * bitmap.height).also {
        bitmap.getPixels(it, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
    }

    /** Runs [work] with the folder for temporary files that Android sets before an app starts. */
    protected fun withTemporaryFilesInTheCache(work: () -> Unit) {
        val before = System.setProperty("java.io.tmpdir", application.cacheDir.path)
        try {
            work()
        } finally {
            System.setProperty("java.io.tmpdir", before)
        }
    }

    /** The pictures in which PyTorch finds detections. */
    protected fun pictures() = (0 until vectors.size).map(vectors::picture).filter { expected(it).size > 0 }

    /** PyTorch's detections in a picture above the app's confidence threshold. */
    protected fun expected(picture: Picture): List<Detection> {
        val box = picture.floats("boxes.box")
        val score = picture.floats("boxes.score")
        val classId = picture.integers("boxes.class")
        return score.indices.filter { score[it] > THE_MODEL.confidence }.map { i ->
            Detection(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3], score[i], classId[i])
        }
    }

    protected fun assertSees(
        expected: List<Detection>,
        activity: Activity,
        about: String,
        corner: Float = vectors.tolerances.corner.toFloat(),
        score: Float = vectors.tolerances.score.toFloat()
    ) {
        val seen = detections(activity)
        assertEquals("$about: how many", expected.size, seen.size)
        val left = seen.toMutableList()
        for (one in expected) {
            val match = left.find {
                one.classId == it.classId && near(one.score, it.score, score) &&
                    near(one.x1, it.x1, corner) && near(one.y1, it.y1, corner) &&
                    near(one.x2, it.x2, corner) && near(one.y2, it.y2, corner)
            }
            assertTrue("$about: $one of ${text(expected)}; seen ${text(seen)}", match != null)
            left.remove(match)
        }
        val said = summary(seen, THE_MODEL.classNames)
        pass(ANNOUNCEMENTS_SECONDS)
        assertEquals("$about: what a screen reader says", said, activity.overlay.contentDescription?.toString())
    }

    private fun near(a: Float, b: Float, tolerance: Float) = kotlin.math.abs(a - b) <= tolerance

    protected fun text(detections: List<Detection>) = detections.joinToString("; ") {
        "${THE_MODEL.classNames[it.classId]} ${it.score} at ${it.x1} ${it.y1} ${it.x2} ${it.y2}"
    }

    protected fun screenshot(activity: Activity, name: String): Bitmap {
        settle()
        val window = activity.window.decorView
        val bitmap = Bitmap.createBitmap(window.width, window.height, Bitmap.Config.ARGB_8888)
        window.draw(Canvas(bitmap))
        val folder = File(System.getProperty("out")!!, "screenshots").apply { mkdirs() }
        File(folder, "$name-${android.os.Build.VERSION.SDK_INT}.png").outputStream().use {
            bitmap.compress(Bitmap.CompressFormat.PNG, 100, it)
        }
        return bitmap
    }
}
