package launch

import android.app.Activity
import android.view.View
import java.io.File
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import vision.THE_MODEL

/**
 * Tests of the model file on the device. The last test is for a project with a broken model. System property
 * `broken.message`: the name of the string that the app must show.
 */
class ModelFileTest : LaunchTestBase() {
    private val folder = File(application.noBackupFilesDir, "model")
    private val file = File(folder, "${THE_MODEL.sha256}.pte")
    private val broken: String? = System.getProperty("broken.message")

    @Test
    fun modelIsCopiedOnce() {
        assumeTrue(broken == null)
        awaitReady(launch().get())
        assertEquals(listOf(file), folder.listFiles()!!.toList())
        assertTrue(file.setLastModified(1_000_000_000_000))
        awaitReady(launch().get())
        assertEquals("not written again", 1_000_000_000_000, file.lastModified())
    }

    @Test
    fun modelOfAnOlderVersionIsDeleted() {
        assumeTrue(broken == null)
        folder.mkdirs()
        File(folder, "0".repeat(64) + ".pte").writeText("the model of version 1")
        File(folder, "0".repeat(64) + ".part").writeText("what an ended copy left")
        awaitReady(launch().get())
        assertEquals(listOf(file), folder.listFiles()!!.toList())
    }

    @Test
    fun damagedModelFileIsReplaced() {
        assumeTrue(broken == null)
        val before = launch()
        awaitReady(before.get())
        before.pause().stop().destroy() // the model is closed: the next start reads its file again
        val good = file.readBytes()
        val bad = good.copyOf()
        bad.fill(0, bad.size / 2, bad.size / 2 + 4096)
        assertFalse(good.contentEquals(bad))
        file.writeBytes(bad)
        val activity = launch().get()
        val picture = pictures().first()
        show(bitmap(picture))
        assertSees(expected(picture), activity, "with a model that was damaged")
        assertArrayEquals(good, file.readBytes())
    }

    @Test
    fun unusableModelShowsAMessage() {
        assumeTrue(broken != null)
        val activity = launch().get()
        val words = beginningOf(activity, broken!!)
        await("it says '$words'") { activity.text("message").startsWith(words) }
        assertTrue(activity.view<View>("message").isShown)
        assertFalse("words, not codes", Regex("0x\\w+").containsMatchIn(activity.text("message")))
        screenshot(activity, broken)
    }

    /** The text before the first placeholder. */
    private fun beginningOf(activity: Activity, name: String) = activity.string(name).substringBefore("%")
}
