package org.example.shapes

import android.graphics.RectF
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith

/** What controls leave of the screen for words. */
@RunWith(AndroidJUnit4::class)
class PicturePlaceTest {
    private val screen = RectF(0f, 0f, 400f, 800f)

    @Test
    fun freeAreaIsBelowATitleAndAboveChips() {
        assertEquals(RectF(0f, 100f, 400f, 800f), screen.without(RectF(0f, 20f, 400f, 100f)))
        assertEquals(RectF(0f, 0f, 400f, 700f), screen.without(RectF(0f, 700f, 300f, 760f)))
    }

    @Test
    fun freeAreaIsBesideAPanel() {
        assertEquals(RectF(0f, 0f, 250f, 800f), screen.without(RectF(250f, 100f, 390f, 800f)))
        assertEquals(RectF(150f, 0f, 400f, 800f), screen.without(RectF(10f, 100f, 150f, 800f)))
    }

    @Test
    fun controlElsewhereTakesNoArea() = assertEquals(screen, screen.without(RectF(0f, 800f, 400f, 900f)))

    @Test
    fun fullCoverLeavesNoArea() {
        val left = screen.without(RectF(-1f, -1f, 401f, 801f))
        assertEquals(0f, maxOf(0f, left.width()) * maxOf(0f, left.height()), 0f)
    }
}
