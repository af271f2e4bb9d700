package launch

import android.app.Activity
import android.app.AlertDialog
import android.content.DialogInterface
import android.widget.TextView
import androidx.camera.fake.FakeCamera
import java.io.File
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowAlertDialog
import org.robolectric.shadows.ShadowToast

/** Tests of "Report a wrong result". test_launch.py runs `edgegen explain` on the captures. */
class CaptureTest : LaunchTestBase() {
    private val folder = File(application.cacheDir, "shared")

    @Test
    fun captureHasTheCamerasNextFrame() {
        val activity = launch().get()
        val picture = bitmap(pictures().first())
        show(picture, rotation = 90)
        choose(activity, "looks_wrong")
        assertNull("not yet", ShadowAlertDialog.getLatestDialog())
        show(picture, rotation = 90)
        keep(share(activity), "camera")
        show(picture, rotation = 90)
        assertSees(expected(pictures().first()), activity, "the camera goes on")
        assertEquals("one frame alone", 1, folder.listFiles()!!.size)
    }

    @Test
    fun captureHasThePhoto() {
        val activity = launch().get()
        open(activity, png(bitmap(pictures().first())))
        awaitSeen(activity)
        choose(activity, "looks_wrong")
        keep(share(activity), "photo")
        assertEquals("the camera rests", 0, FakeCamera.show(bitmap(pictures().first())))
    }

    @Test
    fun captureDialogNamesTheContentsBeforeSharing() {
        val activity = launch().get()
        val dialog = dialogOf(activity)
        val said = dialog.findViewById<TextView>(android.R.id.message).text
        for (word in listOf("kB", "the picture before anything was drawn", "no location", "no file name")) {
            assertTrue("$word: $said", word in said)
        }
        assertNull("nothing goes before it was said", shadowOf(activity).peekNextStartedActivity())
    }

    @Test
    fun captureThatIsNotSharedIsDeleted() {
        val activity = launch().get()
        for (leave in listOf<(AlertDialog) -> Unit>(
            { it.getButton(DialogInterface.BUTTON_NEGATIVE).performClick() },
            { it.cancel() } // as going back does
        )) {
            val dialog = dialogOf(activity)
            assertEquals(1, folder.listFiles()!!.size)
            leave(dialog)
            await("it is deleted") { folder.listFiles()!!.isEmpty() }
            assertFalse(dialog.isShowing)
        }
    }

    @Test
    fun captureDialogIsShownAgainAfterRecreation() {
        val controller = launch()
        val first = dialogOf(controller.get())
        controller.recreate()
        await("it is asked again") { latest() !== first && latest()?.isShowing == true }
        assertFalse(first.isShowing)
        share(controller.get())
    }

    @Test
    fun captureThatCannotBeWrittenShowsAMessage() {
        val activity = launch().get()
        folder.deleteRecursively()
        assertTrue("a file where the folder should be", folder.createNewFile())
        show(bitmap(pictures().first()))
        choose(activity, "looks_wrong")
        show(bitmap(pictures().first()))
        await("it is said") { ShadowToast.getTextOfLatestToast() == activity.string("capture_failed") }
        assertNull(ShadowAlertDialog.getLatestDialog())
        show(bitmap(pictures().first()))
        assertSees(expected(pictures().first()), activity, "the camera goes on")
    }

    @Test
    fun captureWithoutAPictureShowsAMessage() {
        FakeCamera.reset()
        val activity = launch().get()
        choose(activity, "looks_wrong")
        assertEquals(activity.string("nothing_to_share"), ShadowToast.getTextOfLatestToast())
    }

    private fun dialogOf(activity: Activity): AlertDialog {
        val before = latest()
        val picture = bitmap(pictures().first())
        show(picture)
        choose(activity, "looks_wrong")
        show(picture)
        await("it is said what is in it") { latest() !== before && latest()?.isShowing == true }
        return latest()!!
    }

    private fun latest() = ShadowAlertDialog.getLatestDialog() as AlertDialog?

    private fun share(activity: Activity): ByteArray {
        await("it is said what is in it") { latest()?.isShowing == true }
        latest()!!.getButton(DialogInterface.BUTTON_POSITIVE).performClick()
        val bytes = awaitShared(activity, "application/x-tar").use { it.readBytes() }
        assertArrayEquals(folder.listFiles()!!.single().readBytes(), bytes)
        return bytes
    }

    private fun keep(capture: ByteArray, name: String) =
        File(File(System.getProperty("out")!!, "captures").apply { mkdirs() }, "$name.tar").writeBytes(capture)
}
