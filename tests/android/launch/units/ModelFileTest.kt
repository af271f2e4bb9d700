package org.example.shapes

import edgegen.DamagedModelException
import edgegen.ModelFile
import java.io.ByteArrayInputStream
import java.io.File
import java.io.IOException
import java.security.MessageDigest
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder

class ModelFileTest {
    @get:Rule
    val temporary = TemporaryFolder()

    private val folder by lazy { File(temporary.root, "model") }
    private val model = ByteArray(200_000) { (it * 31).toByte() }
    private val sha256 = sha256(model)
    private var opened = 0

    @Test
    fun modelIsCopiedOnce() {
        val file = prepare()
        assertArrayEquals(model, file.readBytes())
        assertEquals(file, prepare())
        assertEquals(1, opened)
    }

    @Test
    fun filesOfTheAppsOtherModelsAreKept() {
        folder.mkdirs()
        val other = File(folder, "0123.pte").apply { writeText("another model of this app") }
        ModelFile(folder, sha256, known = listOf(sha256, "0123")) { ByteArrayInputStream(model) }.prepare()
        assertTrue(other.exists())
    }

    @Test
    fun otherFilesAreDeleted() {
        folder.mkdirs()
        File(folder, "older.pte").writeText("an older version's")
        File(folder, "$sha256.part").writeText("half a copy")
        val file = prepare()
        assertEquals(listOf(file), folder.listFiles()!!.toList())
    }

    @Test
    fun damagedCopyIsCopiedAgain() {
        val file = prepare()
        file.writeBytes(model.copyOf().also { it[100_000]++ })
        assertArrayEquals(model, prepare().readBytes())
        assertEquals(2, opened)
    }

    @Test
    fun damagedAssetIsRejectedAndLeavesNoFile() {
        val damaged = model.copyOf().also { it[100_000]++ }
        val failure = assertThrows(DamagedModelException::class.java) { prepare(damaged) }
        assertEquals(sha256(damaged), failure.found)
        assertEquals(0, folder.listFiles()!!.size)
    }

    @Test
    fun unwritableFolderIsReported() {
        folder.writeText("a file stands where the folder should be")
        assertThrows(IOException::class.java) { prepare() }
    }

    private fun prepare(asset: ByteArray = model) = ModelFile(folder, sha256) {
        opened++
        ByteArrayInputStream(asset)
    }.prepare()

    private fun sha256(bytes: ByteArray) =
        MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }
}
