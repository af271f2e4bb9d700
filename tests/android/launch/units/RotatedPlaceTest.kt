package org.example.shapes

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.RotatedBox

/** What a finger meets of a turned box. */
class RotatedPlaceTest {
    private val box = RotatedBox(x = 50f, y = 40f, width = 40f, height = 10f, angle = (Math.PI / 4).toFloat())

    @Test
    fun endsOfAnOrientedBoxAreInside() {
        assertTrue(box.holds(50f, 40f))
        assertTrue("down to the right", box.holds(63f, 53f))
        assertTrue("up to the left", box.holds(37f, 27f))
    }

    @Test
    fun cornersOfTheBoundingBoxAreOutside() {
        assertFalse(box.holds(63f, 27f))
        assertFalse(box.holds(37f, 53f))
        assertFalse("beyond its end", box.holds(66f, 56f))
    }

    @Test
    fun areaIsTheProductOfTheSides() {
        val slanted = box.copy(angle = 0.5f) // along no row of pixels
        val inside = (0 until 100 * 100).count { slanted.holds(it % 100 + 0.5f, it / 100 + 0.5f) }
        assertEquals(400.0, inside.toDouble(), 20.0)
    }
}
