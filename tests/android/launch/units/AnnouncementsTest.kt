package org.example.shapes

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Test

class AnnouncementsTest {
    private val announcements = Announcements()

    @Test
    fun firstResultIsAnnouncedAtOnceAndOnlyOnce() {
        assertEquals(0L, announcements.waitFor("1 cat", now = 0))
        announcements.said("1 cat", now = 0)
        assertNull(announcements.waitFor("1 cat", now = 60_000))
    }

    @Test
    fun shortChangeIsNotAnnounced() {
        announcements.said("1 cat", now = 0)
        assertEquals(2000L, announcements.waitFor("", now = 1000))
        assertNull("it is back before anything was said", announcements.waitFor("1 cat", now = 1500))
        assertEquals(0L, announcements.waitFor("2 cat", now = 3000))
        assertEquals(0L, announcements.waitFor("2 cat", now = 9000))
    }

    @Test
    fun otherPictureIsAnnouncedAtOnce() {
        announcements.said("1 cat", now = 0)
        announcements.restart()
        assertEquals(0L, announcements.waitFor("1 cat", now = 10))
    }
}
