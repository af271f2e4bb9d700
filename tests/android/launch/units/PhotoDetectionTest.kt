package org.example.shapes

import android.graphics.Bitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.CarriedModel
import edgegen.Detector
import edgegen.ExifOrientation
import edgegen.ModelRepository
import kotlinx.coroutines.flow.MutableStateFlow
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test
import org.junit.runner.RunWith
import vision.THE_MODEL

/** Which photo is looked at, seen from a model that cannot be loaded. */
@RunWith(AndroidJUnit4::class)
class PhotoDetectionTest {
    private val queue = mutableListOf<Runnable>()
    private val states = MutableStateFlow(UiState(THE_MODEL.thresholds()))
    private var tries = 0
    private val carried = listOf(CarriedModel(THE_MODEL, "model.pte"))
    private val models = ModelRepository<Detector>(carried) { _, _ -> error("none") }
    private val photos =
        PhotoDetection(Inference(models) { tries++ }, queue::add, states) { _ -> }

    @Test
    fun photoThatComesWhileAnotherWaitsIsAnalysed() {
        show("a")
        show("b")
        assertEquals("one run for both", 1, queue.size)
        queue.single().run()
        assertEquals(1, tries)
    }

    @Test
    fun closedPhotoIsNotAnalysed() {
        show("a")
        states.value = states.value.after { onPhotoClosed() }
        queue.single().run()
        assertEquals(0, tries)
        show("b")
        assertEquals("the next one is queued", 2, queue.size)
    }

    /** There may be no memory for them. Pixels of another kind cannot be read either. */
    @Test
    fun unreadablePixelsAreNotTheModelsFailure() {
        show("a", Bitmap.createBitmap(2, 2, Bitmap.Config.RGBA_F16))
        assertThrows(IllegalArgumentException::class.java) { queue.single().run() }
        assertEquals(0, tries)
        show("b")
        queue.last().run()
        assertEquals("the next one is looked at", 1, tries)
    }

    private fun show(uri: String, bitmap: Bitmap = Bitmap.createBitmap(2, 2, Bitmap.Config.ARGB_8888)) {
        val photo = Photo(bitmap, ExifOrientation.NORMAL)
        val opening = states.value.after { onPhotoPicked(uri) }
        states.value = opening.after { onPhotoRead(source, PhotoState.Open(uri, photo)) }
        photos.detect()
    }
}
