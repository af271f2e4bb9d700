package election

import java.io.File
import java.nio.file.Files
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

/**
 * A trial that ends the process, and the next process. System properties: `kept`, a folder that both have as the app's own
 * folder; `phase`: "killed" or "after".
 */
class KilledTest : ElectionTestBase() {
    @Test
    fun trialThatEndsTheProcessIsNotRepeated() {
        keepFiles()
        if (System.getProperty("phase") == "killed") {
            steer("kills")
            start()
            await("the process ends") { false }
        }
        assertEquals("trying", state())
        steer("kills")
        val controller = start()
        awaitLine(controller.get(), "CPU; Vulkan ended the app and is not used")
        assertCameraWorks(controller.get())
        assertEquals("crashed", state())
        awaitLine(restart(controller).get(), "CPU; Vulkan ended the app and is not used")
    }

    private fun keepFiles() {
        val folder = application.noBackupFilesDir
        assertTrue(folder.delete())
        Files.createSymbolicLink(folder.toPath(), File(System.getProperty("kept")!!).toPath())
    }
}
