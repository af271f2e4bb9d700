package org.example.shapes

import android.text.TextPaint
import androidx.test.ext.junit.runners.AndroidJUnit4
import java.util.Locale
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith

@RunWith(AndroidJUnit4::class)
class LabelsTest {
    private val paint = TextPaint().apply { textSize = 20f }
    private val labels = Labels(paint).apply { begin(listOf("circle"), widest = 1000f) }
    private val locale = Locale.getDefault()

    @After
    fun restore() = Locale.setDefault(locale)

    @Test
    fun digitsAreTheSameInEveryLanguage() {
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"))
        assertTrue(labels.of(0, 0.875f).endsWith(" 0.88"))
    }

    @Test
    fun labelIsMadeOnce() = assertSame(labels.of(0, 0.5f), labels.of(0, 0.5f))

    @Test
    fun trackedObjectHasItsIdBeforeItsName() {
        assertEquals("#3 circle 0.50", labels.of(0, 0.5f, track = 3))
        assertEquals("circle 0.50", labels.of(0, 0.5f))
    }

    @Test
    fun longNameIsCutAndNotTheScore() {
        val room = paint.measureText(" 0.50")
        labels.begin(listOf("circle"), widest = room)
        assertEquals(" 0.50", labels.of(0, 0.5f))
    }
}
