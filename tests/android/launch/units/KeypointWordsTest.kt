package org.example.shapes

import android.content.Context
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test
import org.junit.runner.RunWith
import vision.Detection
import vision.Keypoints
import vision.PoseResult

@RunWith(AndroidJUnit4::class)
class KeypointWordsTest {
    private val resources = ApplicationProvider.getApplicationContext<Context>().resources

    @Test
    fun keypointsOfAllObjectsAreCounted() {
        val said = resources.getString(R.string.points_seen, "3", "4")
        assertEquals(said, words(listOf(0.9f, Appearance.LEAST_VISIBLE), listOf(Appearance.LEAST_VISIBLE - 0.01f, 1f)))
    }

    @Test
    fun keypointsWithoutScoresAreNotCounted() {
        assertNull(words(listOf(1f, 1f)))
        assertNull("A point that lies nowhere has 0", words(listOf(1f, 0f), listOf(1f, 1f)))
        assertNull(words())
    }

    private fun words(vararg scores: List<Float>): String? {
        val boxes = scores.map { Detection(0f, 0f, 9f, 9f, score = 0.9f, classId = 0) }
        val keypoints = scores.map { each -> Keypoints(each.flatMap { listOf(1f, 2f, it) }.toFloatArray()) }
        return pointsInWords(resources, PoseResult(width = 10, height = 10, boxes, keypoints))
    }
}
