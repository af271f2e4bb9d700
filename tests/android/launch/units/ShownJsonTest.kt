package org.example.shapes

import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import vision.Detection
import vision.VisionResult

/** The JSON of a result, as another program reads it. */
@RunWith(RobolectricTestRunner::class)
class ShownJsonTest {
    private val names = listOf("bowl", "a \"big\", red one", "two\r\nlines", "\uD83C\uDF4A orange", "", "=1+1")

    @Test
    fun everyClassNameIsReadBackUnchanged() {
        val read = read(names.indices.map { Detection(0f, 0f, 1f, 1f, score = 0.5f, classId = it) })
        assertEquals(20, read.getInt("width"))
        assertEquals(10, read.getInt("height"))
        val found = read.getJSONArray("detections")
        assertEquals(names, List(found.length()) { found.getJSONObject(it).getString("class_name") })
        assertEquals(4, found.getJSONObject(0).getJSONArray("box").length())
    }

    @Test
    fun onlyTrackedObjectsHaveATrackId() {
        val tracked = Detection(1f, 2.5f, 30f, 40f, score = 0.875f, classId = 0, track = 12)
        val found = read(listOf(tracked, tracked.copy(track = 0))).getJSONArray("detections")
        assertEquals(12, found.getJSONObject(0).getInt("track_id"))
        assertFalse(found.getJSONObject(1).has("track_id"))
    }

    @Test
    fun emptyResultHasAnEmptyList() = assertTrue(json(emptyList()).contains("\"detections\":[]"))

    private fun read(boxes: List<Detection>) = JSONObject(json(boxes))

    private fun json(boxes: List<Detection>) = Sharing.jsonOf(VisionResult.Boxes(20, 10, boxes), names)
}
