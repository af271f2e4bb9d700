package org.example.shapes

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.ClassScore
import vision.ClassifyResult
import vision.THE_MODEL

@RunWith(AndroidJUnit4::class)
class ClassLayerTest {
    @Test
    fun classesAreBarsAndTheBestOneIsLarge() {
        val scores = listOf(0.5f, 0.25f, 0.125f, 0.06f, 0.03f)
        val drawn = drawn(scores.map { ClassScore(classId = 0, it) })
        assertEquals(listOf(" 0.03", " 0.06", " 0.13", " 0.25", " 0.50"), drawn.texts.map { it.takeLast(5) })
        assertEquals(listOf(12f, 24f, 50f, 100f, 200f), drawn.bars.filter { it < 400f })
        assertTrue(drawn.sizes.last() > drawn.sizes.first())
    }

    @Test
    fun fewerClassesAreDrawn() {
        assertEquals(1, drawn(listOf(ClassScore(classId = 0, 1f))).texts.size)
        assertEquals(0, drawn(emptyList()).texts.size)
    }

    @Test
    fun everyClassOfTheResultIsDrawn() {
        assertEquals(7, drawn(List(7) { ClassScore(classId = 0, 0.1f) }).texts.size)
    }

    @Test
    fun bestClassIsDrawnInLittleRoom() {
        val classes = List(7) { ClassScore(classId = 0, 0.7f - it / 10f) }
        val low = drawn(classes, height = 30)
        assertTrue("${low.texts}", low.texts.size in 1..3)
        assertTrue("${low.texts}", low.texts.last().endsWith(" 0.70"))
        assertTrue("${low.tops}", low.tops.all { it >= 170f })
        assertEquals("even where it has none", listOf(" 0.70"), drawn(classes, height = 2).texts.map { it.takeLast(5) })
    }

    /** A picture of 200 x [height] is shown twice as large, in the middle of a square. */
    private fun drawn(classes: List<ClassScore>, height: Int = 200): Recorder {
        val result = PictureResult(
            ClassifyResult(width = 200, height, classes),
            THE_MODEL,
            StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = 0),
            source = 0,
            isMirrored = false
        )
        return Recorder(createBitmap(400, 400)).also {
            ClassLayer(textSize = 12f, margin = 2f)
                .draw(it, result, PictureMapping(200, height, isMirrored = false, viewWidth = 400, viewHeight = 400))
        }
    }

    private class Recorder(bitmap: Bitmap) : Canvas(bitmap) {
        val bars = mutableListOf<Float>()
        val tops = mutableListOf<Float>()
        val texts = mutableListOf<String>()
        val sizes = mutableListOf<Float>()

        override fun drawRect(left: Float, top: Float, right: Float, bottom: Float, paint: Paint) {
            bars += right - left
            tops += top
        }

        override fun drawText(text: String, x: Float, y: Float, paint: Paint) {
            texts += text
            sizes += paint.textSize
        }
    }
}
