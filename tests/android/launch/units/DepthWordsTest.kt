package org.example.shapes

import android.content.Context
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.DepthMap
import vision.DepthMapMemory
import vision.DepthResult

@RunWith(AndroidJUnit4::class)
class DepthWordsTest {
    private val resources = ApplicationProvider.getApplicationContext<Context>().resources
    private val numbers = Regex("""-?\d+\.\d+""")

    @Test
    fun endsAreAnnouncedInTenths() =
        assertEquals(listOf("0.5", "4.3"), numbersOf(depthInWords(resources, result(0.5f, 4.26f), null)))

    @Test
    fun distanceAtTheMarkComesFirst() {
        val result = result(0.5f, 4.26f)
        assertEquals(
            listOf("0.50", "0.5", "4.3"),
            numbersOf(depthInWords(resources, result, DepthLayer.Place(x = 0.25f, y = 0.5f)))
        )
        assertEquals(
            listOf("4.26", "0.5", "4.3"),
            numbersOf(depthInWords(resources, result, DepthLayer.Place(x = 1f, y = 1f)))
        )
    }

    @Test
    fun unknownDistanceHasNoNumber() {
        val unknown = depthInWords(resources, result(Float.NaN, 4f), DepthLayer.Place(x = 0f, y = 0f))
        assertEquals(listOf("4.0", "4.0"), numbersOf(unknown))
        assertTrue(unknown, "\u2013" in unknown)
        assertEquals("", depthInWords(resources, result(Float.NaN, Float.NaN), DepthLayer.Place(x = 0f, y = 0f)))
    }

    private fun numbersOf(text: String) = numbers.findAll(text).map { it.value }.toList()

    /** Of two pixels, beside each other. */
    private fun result(left: Float, right: Float): DepthResult {
        val memory = DepthMapMemory().apply { reserve(2) }
        memory.values[0] = left
        memory.values[1] = right
        val known = listOf(left, right).filter { it.isFinite() }
        val ends = listOf(known.minOrNull(), known.maxOrNull()).map { it ?: Float.NaN }
        return DepthResult(width = 2, height = 1, ends[0], ends[1], DepthMap(width = 2, height = 1, memory))
    }
}
