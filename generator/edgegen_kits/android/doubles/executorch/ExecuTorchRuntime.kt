// A test double of ExecuTorch's Android API, release 1.5, with the same public declarations. executorch_jni.cpp runs the
// Python wheel's libexecutorch. -Djava.library.path names the folder of its library.
package org.pytorch.executorch

import java.io.File

class ExecuTorchRuntime private constructor() {
    companion object {
        init {
            try {
                System.loadLibrary(LIBRARY)
            } catch (taken: UnsatisfiedLinkError) {
                // A JVM loads a library file for one class loader only. Robolectric has several: copy the file.
                val name = System.mapLibraryName(LIBRARY)
                val folders = System.getProperty("java.library.path")!!.split(File.pathSeparator)
                val library = folders.map { File(it, name) }.find { it.exists() } ?: throw taken
                val copy = File.createTempFile("executorch", name)
                library.copyTo(copy, overwrite = true)
                System.load(copy.path)
                copy.delete()
            }
        }
        private val instance = ExecuTorchRuntime()

        @JvmStatic fun getRuntime(): ExecuTorchRuntime = instance

        @JvmStatic fun validateFilePath(path: String?, description: String) {
            requireNotNull(path) { "Cannot load $description: path is null" }
            val file = File(path)
            require(file.exists()) { "Cannot load $description: path does not exist: $path" }
            require(file.isFile) { "Cannot load $description: path is not a file: $path" }
            require(file.canRead()) { "Cannot load $description: path is not readable: $path" }
        }

        @JvmStatic fun getRegisteredOps(): Array<String> = Native.registeredOps()

        @JvmStatic fun getRegisteredBackends(): Array<String> = Native.registeredBackends()
    }
}

private const val LIBRARY = "executorch_jni_double"
