package org.example.shapes

import org.junit.Assert.assertEquals
import org.junit.Test
import vision.Detection

class ClassColorsTest {
    private val size = Appearance.CLASS_COLORS.size
    private val followed = Detection(0f, 0f, 1f, 1f, score = 0.5f, classId = 2, track = 5)

    @Test
    fun classHasThePalettesColourAndATrackItsOwn() {
        assertEquals(listOf(0, 1, size - 1, 0).map(::palette), listOf(0, 1, size - 1, size).map(ClassColors::of))
        assertEquals(palette(5), ClassColors.of(followed))
        assertEquals(palette(2), ClassColors.of(followed.copy(track = 0)))
    }

    /** The build has uncommented the colour of class 3. */
    @Test
    fun classHasTheColourThatTheUserGaveItAlone() {
        val colour = 0xFF123456.toInt()
        assertEquals(listOf(colour, palette(3)), listOf(3, 3 + size).map(ClassColors::of))
    }

    private fun palette(number: Int) = Appearance.CLASS_COLORS[number] or 0xFF000000.toInt()
}
