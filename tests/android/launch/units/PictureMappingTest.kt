package org.example.shapes

import android.graphics.Matrix
import android.graphics.PointF
import android.graphics.RectF
import androidx.test.ext.junit.runners.AndroidJUnit4
import kotlin.math.roundToInt
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection

private const val EXACT = 0f
private const val NEAR = 0.01f

@RunWith(AndroidJUnit4::class)
class PictureMappingTest {
    private val box = Detection(10f, 20f, 30f, 40f, score = 1f, classId = 0)

    @Test
    fun widePictureHasBordersAboveAndBelow() {
        val mapping = mapping(200, 100)
        assertEquals(RectF(0f, 300f, 400f, 500f), mapping.place)
        assertEquals(RectF(20f, 340f, 60f, 380f), mapping.map(box, RectF()))
    }

    @Test
    fun tallPictureHasBordersLeftAndRight() {
        assertEquals(RectF(100f, 0f, 300f, 800f), mapping(100, 400).place)
    }

    @Test
    fun mirroredPictureExchangesItsEdges() {
        assertEquals(RectF(340f, 340f, 380f, 380f), mapping(200, 100, isMirrored = true).map(box, RectF()))
    }

    @Test
    fun filledPictureExceedsTheView() {
        val wide = mapping(200, 100, fills = true)
        assertEquals(RectF(-600f, 0f, 1000f, 800f), wide.place)
        assertEquals(RectF(0f, 0f, 400f, 800f), wide.visible)
        assertEquals(RectF(-520f, 160f, -360f, 320f), wide.map(box, RectF()))
        val mirrored = mapping(200, 100, isMirrored = true, fills = true)
        assertEquals(RectF(760f, 160f, 920f, 320f), mirrored.map(box, RectF()))
        assertEquals(RectF(0f, -400f, 400f, 1200f), mapping(100, 400, fills = true).place)
    }

    @Test
    fun textAreaIsInThePictureUnderNoControl() {
        val whole = mapping(200, 100)
        assertEquals(whole.place, whole.visible)
        assertEquals(whole.place, whole.free)
        val covered = RectF(10f, 320f, 500f, 700f)
        assertEquals(RectF(10f, 320f, 400f, 500f), mapping(200, 100, uncovered = covered).free)
        assertEquals(RectF(10f, 320f, 400f, 700f), mapping(200, 100, fills = true, uncovered = covered).free)
    }

    @Test
    fun textAreaWithoutFreePictureIsUnderControls() {
        val whole = mapping(200, 100, uncovered = RectF(0f, 0f, 400f, 200f))
        assertEquals(whole.visible, whole.free)
    }

    @Test
    fun lineIsUnderNoControlOrLeftOut() {
        assertEquals("there are no controls", 300f, mapping(200, 100).firstLine(50f))
        fun within(top: Float, bottom: Float) =
            mapping(200, 100, uncovered = RectF(0f, top, 400f, bottom)).firstLine(50f)
        assertEquals(320f, within(320f, 700f))
        assertEquals("more than the picture's own height", 290f, within(280f, 340f))
        assertNull("too little room", within(320f, 360f))
        assertNull("nothing of the picture is free", within(0f, 200f))
    }

    @Test
    fun pinchedPlaceStaysBetweenTheFingers() {
        for ((x, y) in listOf(100f to 350f, 200f to 400f, 390f to 480f)) {
            val whole = mapping(200, 100)
            val near = mapping(200, 100, zoom = whole.zoomed(6f, x, y))
            assertEquals(6 * whole.place.width(), near.place.width(), NEAR)
            assertEquals("$x", pixelAt(whole, x, y).x, pixelAt(near, x, y).x, NEAR)
            val nearer = mapping(200, 100, zoom = near.zoomed(1.3f, x, y))
            assertEquals("$x, $y", pixelAt(near, x, y), pixelAt(nearer, x, y))
        }
    }

    @Test
    fun magnifiedPictureLeavesNoEmptyBorder() {
        val near = mapping(200, 100, zoom = mapping(200, 100).zoomed(2f, 0f, 400f))
        assertEquals(RectF(0f, 200f, 800f, 600f), near.place)
        for ((right, left) in listOf(1000f to 0f, -150f to -150f, -1000f to -400f)) {
            val moved = mapping(200, 100, zoom = near.moved(right, down = 50f))
            assertEquals("it is as high as before", RectF(left, 200f, left + 800f, 600f), moved.place)
        }
    }

    @Test
    fun pictureIsNotReducedBelowItsWhole() {
        val near = mapping(200, 100, zoom = mapping(200, 100).zoomed(2f, 0f, 400f))
        assertEquals(Zoom.NONE, near.zoomed(0.1f, 400f, 400f))
        assertEquals(Zoom.NONE, mapping(200, 100).moved(50f, 50f))
        assertEquals(Zoom.MOST, near.zoomed(100f, 0f, 400f).scale, EXACT)
        assertEquals(Zoom.NONE, mapping(0, 0).zoomed(2f, 0f, 0f))
    }

    private fun pixelAt(mapping: PictureMapping, x: Float, y: Float): PointF {
        val toPicture = Matrix().also { mapping.matrix.invert(it) }
        val point = floatArrayOf(x, y).also(toPicture::mapPoints)
        return PointF(point[0].roundToInt().toFloat(), point[1].roundToInt().toFloat())
    }

    @Test
    fun pointsAreMappedLikeBoxes() {
        val point = floatArrayOf(10f, 20f)
        mapping(200, 100, isMirrored = true).matrix.mapPoints(point)
        assertArrayEquals(floatArrayOf(380f, 340f), point, EXACT)
    }

    @Test
    fun pictureOfTheViewsSizeIsNotMoved() {
        assertTrue(PictureMapping(30, 40, isMirrored = false).matrix.isIdentity)
    }

    @Test
    fun emptyPictureOrViewHasNoPlace() {
        assertFalse(mapping(1, 1).isEmpty)
        assertTrue(mapping(0, 100).isEmpty)
        assertTrue(PictureMapping(10, 10, isMirrored = false, viewWidth = 0, viewHeight = 0).isEmpty)
    }

    private fun mapping(
        width: Int,
        height: Int,
        isMirrored: Boolean = false,
        fills: Boolean = false,
        zoom: Zoom = Zoom.NONE,
        uncovered: RectF? = null
    ) = PictureMapping(width, height, isMirrored, viewWidth = 400, viewHeight = 800, fills, zoom, uncovered)
}
