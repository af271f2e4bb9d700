package selection

import java.io.File
import java.nio.file.Files
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test

/**
 * One of several processes of an app. System properties: `kept`, a folder that all of them have as the app's own folder;
 * `behavior.is`, what Vulkan does; `phase`, how this process ends.
 */
class KilledTest : SelectionTestBase() {
    @Test
    fun processEndsAsItsPhaseSays() {
        keepFiles()
        steer(System.getProperty("behavior.is")!!)
        val controller = start()
        when (System.getProperty("phase")) {
            "killed" -> await("the process ends") { false }

            "killed in the background" -> {
                await("the program is loaded") { marker.exists() }
                controller.pause().stop()
                await("the marker is gone") { !marker.exists() }
                Runtime.getRuntime().halt(1)
            }

            "selected" -> awaitSelected(controller.get())

            "rejected" -> {
                awaitLine(controller.get(), "Vulkan crashed twice, so the CPU is used")
                assertCameraWorks(controller.get())
                assertEquals("crashed", state())
                awaitLine(restart(controller).get(), "Vulkan crashed twice, so the CPU is used")
            }
        }
    }

    private fun keepFiles() {
        val folder = application.noBackupFilesDir
        assertTrue(folder.delete())
        Files.createSymbolicLink(folder.toPath(), File(System.getProperty("kept")!!).toPath())
    }
}
