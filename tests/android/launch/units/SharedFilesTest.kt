package org.example.shapes

import java.io.File
import java.io.IOException
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder

class SharedFilesTest {
    @get:Rule
    val temporary = TemporaryFolder()

    private var now = 1_000_000_000_000L
    private val folder by lazy { File(temporary.root, "shared") }
    private val files by lazy { SharedFiles(folder) { now } }

    @Test
    fun recentFilesAreKept() {
        val first = save()
        now += SharedFiles.LIFETIME_MILLIS - 1
        val second = save()
        assertTrue(first.exists())
        now += 2
        save()
        assertFalse("after a day it goes", first.exists())
        assertTrue(second.exists())
    }

    @Test
    fun incompletePictureIsNotShared() {
        assertThrows(IOException::class.java) {
            files.save(SharedKind.PICTURE) { out ->
                out.write(1)
                false // as on a full disk
            }
        }
        assertThrows(IOException::class.java) { files.save(SharedKind.PICTURE) { throw IOException("full") } }
        assertEquals(0, folder.listFiles()!!.size)
    }

    @Test
    fun nextRecordingDeletesTheFileOfAKilledProcess() {
        val left = SharedFiles.partOf(files.newRecording()).apply { writeText("half a video") }
        now += 1
        save()
        assertTrue("it may be written just now", left.exists())
        val next = files.newRecording()
        assertFalse(left.exists())
        assertFalse("nothing is there before it is whole", next.exists())
        assertEquals(listOf(".mp4", ".part"), listOf(next, SharedFiles.partOf(next)).map { ".${it.extension}" })
    }

    private fun save(): File = files.save(SharedKind.PICTURE) { out ->
        out.write(1)
        true
    }.also { it.setLastModified(now) }
}
