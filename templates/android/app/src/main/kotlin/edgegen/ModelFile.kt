package edgegen

import android.content.Context
import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.security.MessageDigest
import vision.inHex

/** The file is not the model that this app was generated for. */
class DamagedModelException(val found: String) : IOException("SHA-256 $found")

/**
 * The model as a file that ExecuTorch can map into memory, which an asset inside the APK is not.
 *
 * Every byte is read and checked at each load: damaged weights load and run without an error.
 */
class ModelFile(
    private val folder: File,
    private val sha256: String,
    /** The digests of all models of the app: their files stay. */
    private val known: List<String> = listOf(sha256),
    private val openAsset: () -> InputStream
) {
    /** Returns the file. Copies the model if it is missing or damaged. Works on the disk: not for the main thread. */
    fun prepare(): File {
        val file = File(folder, sha256 + SUFFIX)
        if (!file.isFile || digestOf(file) != sha256) copyTo(file)
        deleteOld()
        return file
    }

    private fun copyTo(file: File) {
        if (!folder.isDirectory && !folder.mkdirs()) throw IOException("$folder cannot be made")
        val part = File(folder, sha256 + PART_SUFFIX)
        try {
            val found = openAsset().use { asset ->
                FileOutputStream(part).use { copy ->
                    digestOf(asset, copy).also {
                        copy.fd.sync() // a file that has its final name must be complete, also after a power cut
                    }
                }
            }
            if (found != sha256) throw DamagedModelException(found)
            if (!part.renameTo(file)) throw IOException("$part cannot be renamed")
        } finally {
            part.delete() // there only if something went wrong
        }
    }

    /** Deletes the models of an older version of the app. */
    private fun deleteOld() {
        val kept = known.map { it + SUFFIX }
        folder.listFiles()?.filter { it.name !in kept }?.forEach { it.delete() }
    }

    private fun digestOf(file: File) = file.inputStream().use { digestOf(it, copy = null) }

    private fun digestOf(input: InputStream, copy: OutputStream?): String {
        val digest = MessageDigest.getInstance("SHA-256")
        val buffer = ByteArray(BUFFER_BYTES)
        while (true) {
            val count = input.read(buffer)
            if (count < 0) break
            digest.update(buffer, 0, count)
            copy?.write(buffer, 0, count)
        }
        return digest.digest().inHex()
    }

    companion object {
        const val SUFFIX = ".pte"
        private const val PART_SUFFIX = ".part"
        private const val BUFFER_BYTES = 1 shl 16
    }
}

/** The files of this app's models. They are copied from the APK, so they are not backed up. */
class ModelFiles(private val context: Context, private val carried: List<CarriedModel>) {
    /** The file of one of them, checked. */
    fun file(model: CarriedModel): File {
        val folder = File(context.noBackupFilesDir, FOLDER)
        val known = carried.map { it.info.sha256 }
        return ModelFile(folder, model.info.sha256, known) { context.assets.open(model.asset) }.prepare()
    }

    private companion object {
        const val FOLDER = "model"
    }
}
