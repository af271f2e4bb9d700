package org.example.shapes

import android.app.Application
import android.content.ContentProvider
import android.content.ContentValues
import android.database.Cursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.Robolectric

/** Copies in the gallery, of which there is one here that keeps files as Android's does. */
@RunWith(AndroidJUnit4::class)
class GalleryTest {
    class Media : ContentProvider() {
        val entries = LinkedHashMap<Uri, ContentValues>()
        lateinit var file: File
        var isFull = false

        override fun onCreate() = true

        override fun insert(uri: Uri, values: ContentValues?): Uri {
            check(!isFull) { "no room" }
            return Uri.withAppendedPath(uri, "${entries.size + 1}").also { entries[it] = ContentValues(values) }
        }

        override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor {
            assertEquals("nobody sees half of it", 1, entries.getValue(uri).getAsInteger("is_pending"))
            val mayWrite = ParcelFileDescriptor.MODE_CREATE or ParcelFileDescriptor.MODE_WRITE_ONLY
            return ParcelFileDescriptor.open(file, mayWrite)
        }

        override fun update(uri: Uri, values: ContentValues?, which: String?, with: Array<String>?): Int {
            entries.getValue(uri).putAll(values)
            return 1
        }

        override fun delete(uri: Uri, which: String?, with: Array<String>?) = if (entries.remove(uri) == null) 0 else 1

        override fun getType(uri: Uri): String? = null

        override fun query(uri: Uri, of: Array<String>?, at: String?, with: Array<String>?, by: String?): Cursor? = null
    }

    @get:Rule
    val temporary = TemporaryFolder()

    private val media by lazy { Robolectric.setupContentProvider(Media::class.java, "media") }
    private val gallery = Gallery(ApplicationProvider.getApplicationContext<Application>().contentResolver)
    private val picture by lazy { temporary.newFile("detections-1.jpg").apply { writeText("a picture") } }

    @Before
    fun anEmptyGallery() {
        media.file = File(temporary.root, "kept")
    }

    @Test
    fun pictureIsSavedAmongPicturesAndVisibleWhenComplete() {
        assertTrue(gallery.add(ShareItem(Uri.fromFile(picture), SharedKind.PICTURE)))
        assertEquals("a picture", media.file.readText())
        val (uri, values) = media.entries.entries.single()
        assertEquals(Uri.parse("content://media/external_primary/images/media/1"), uri)
        assertEquals("detections-1.jpg", values.getAsString("_display_name"))
        assertEquals("image/jpeg", values.getAsString("mime_type"))
        assertEquals(0, values.getAsInteger("is_pending"))
    }

    @Test
    fun videoIsSavedAmongVideos() {
        assertTrue(gallery.add(ShareItem(Uri.fromFile(picture), SharedKind.VIDEO)))
        val (uri, values) = media.entries.entries.single()
        assertEquals(Uri.parse("content://media/external_primary/video/media/1"), uri)
        assertEquals("video/mp4", values.getAsString("mime_type"))
    }

    @Test
    fun unreadableFileLeavesNoEntry() {
        assertFalse(gallery.add(ShareItem(Uri.fromFile(File(temporary.root, "deleted")), SharedKind.PICTURE)))
        media.file = File(temporary.root, "no/such/folder")
        assertFalse("it cannot be written", gallery.add(ShareItem(Uri.fromFile(picture), SharedKind.PICTURE)))
        assertEquals(0, media.entries.size)
    }

    @Test
    fun rejectingGalleryIsReported() {
        media.isFull = true
        assertFalse(gallery.add(ShareItem(Uri.fromFile(picture), SharedKind.PICTURE)))
    }
}
