package org.example.shapes

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Test

class LabelPlacesTest {
    private val places = LabelPlaces().apply { begin(20f, 0f, 500f) }
    private var size = 0

    @Test
    fun labelIsAboveItsBox() = assertEquals(80f, place(100f, 200f), 0f)

    @Test
    fun labelWithoutRoomAboveIsInsideTheTop() = assertEquals(10f, place(10f, 200f), 0f)

    @Test
    fun labelOfACutOffBoxIsAtTheEdgeOfTheArea() {
        assertEquals(0f, place(-10f, 200f), 0f)
        assertEquals(460f, place(480f, 600f), 0f)
    }

    @Test
    fun laterLabelsStayAtTheBoxOrAreLeftOut() {
        val tops = List(4) { place(200f, 300f) }
        assertEquals(listOf(180f, 200f, 300f, 280f), tops)
        places.add(0f, 50f, 200f, 300f)
        assertFalse(places.has(4))
    }

    @Test
    fun labelBelowTheAreaIsLeftOut() {
        places.add(0f, 50f, 530f, 600f)
        assertFalse(places.has(0))
    }

    @Test
    fun missingLabelKeepsTheNumbersOfTheOthers() {
        places.addNone()
        places.add(10f, 50f, 100f, 200f)
        assertEquals(listOf(false, true), listOf(0, 1).map(places::has))
        assertEquals(80f, places.top(1), 0f)
    }

    private fun place(boxTop: Float, boxBottom: Float): Float {
        places.add(0f, 50f, boxTop, boxBottom)
        return places.top(size++)
    }
}
