package org.example.shapes

import androidx.core.graphics.createBitmap
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.ExifOrientation
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.Thresholds

/** Photos, videos, the line, recordings and sharing, without any of them. */
@RunWith(AndroidJUnit4::class)
class PictureStateTest {
    private val both = listOf(Lens.BACK, Lens.FRONT)
    private val new = UiState(Thresholds(confidence = 0.25f, iou = 0.7, maxDetections = 300))
    private val running = new.after { onShown(mayUseCamera = true) }
        .after { onLensesFound(both) }
        .after { onModelLoaded() }
    private val aPhoto by lazy { Photo(createBitmap(1, 1), ExifOrientation.NORMAL) }
    private val found = running.after { onPhotoPicked("a") }.after { onPhotoRead(source, PhotoState.Video("a")) }
    private val playing = found.after { onVideoOpened(source) }
    private val line = CountLine(x1 = 0f, y1 = 0f, x2 = 1f, y2 = 1f)
    private val tracking = running.after { copy(isTracking = true) }
    private val counting = tracking.after { onLineDrawn(line) }
    private val recorded = running.after { onRecordingStarted(1000) }

    private fun UiState.withPhoto() = after {
        onPhotoPicked("b")
    }.after { onPhotoRead(source, PhotoState.Open("b", aPhoto)) }

    @Test
    fun onlyPhotosAndFrozenFramesAreMagnified() {
        val near = Zoom(scale = 3f, x = 0.2f, y = 0.6f)
        assertEquals(running, running.after { onZoomed(near) })
        val frozen = running.after { onFrameFrozen(source, aPhoto) }.after { onZoomed(near) }
        assertEquals(near, frozen.zoom)
        assertEquals(Zoom.NONE, frozen.after { onPhotoPicked("1") }.zoom)
        assertEquals(Zoom.NONE, frozen.after { onPhotoClosed() }.zoom)
    }

    @Test
    fun photoOfTheGalleryIsReadAgainAfterTheAppWasHidden() {
        val near = Zoom(scale = 3f, x = 0.2f, y = 0.6f)
        val photo = running.withPhoto().after { onZoomed(near) }
        val hidden = photo.after { onHidden() }
        assertNull(hidden.openPhoto)
        assertEquals("b", hidden.photo.uri)
        assertNull("the camera rests", hidden.camera)
        val opening = hidden.after { onReopened() }
        assertEquals(R.string.photo_opening, opening.notice?.text)
        assertEquals(near, opening.after { onPhotoRead(source, PhotoState.Open("b", aPhoto)) }.zoom)
        val late = running.after { onPhotoPicked("a") }
        assertNull(late.after { onHidden() }.after { onPhotoRead(late.source, PhotoState.Open("a", aPhoto)) }.openPhoto)
    }

    @Test
    fun frozenFrameAndVideoStayWhileTheAppIsHidden() {
        val frozen = running.after { onFrameFrozen(source, aPhoto) }
        for (state in listOf(running, frozen, playing, playing.after { onFrameFrozen(source, aPhoto) })) {
            assertEquals(state, state.after { onHidden() })
        }
    }

    @Test
    fun slowPhotoCanBeClosed() {
        val opening = running.after { onPhotoPicked("a") }
        assertEquals(Remedy.BACK_TO_CAMERA, opening.notice?.remedy)
        val closed = opening.after { onPhotoClosed() }
        assertEquals(CameraRequest(Lens.BACK, opening.source + 1), closed.camera)
        assertEquals(closed, closed.after { onPhotoRead(opening.source, PhotoState.Open("a", aPhoto)) })
        assertEquals("behind a photo", opening, opening.after { onFrameFrozen(source, aPhoto) })
    }

    @Test
    fun closedScreenShowsNothingLater() {
        val opening = running.after { onPhotoPicked("a") }
        val late = opening.after { onLeft() }.after { onPhotoRead(opening.source, PhotoState.Open("a", aPhoto)) }
        assertNull(late.openPhoto)
        assertNotEquals(opening.source, late.source)
    }

    @Test
    fun missingColoursAreReportedForOnePictureOnly() {
        val unpainted = running.after { onPainted(source, isDone = false) }
        assertEquals(R.string.painting_no_memory, unpainted.notice?.text)
        assertEquals(running.camera, unpainted.camera)
        assertNull(unpainted.after { onPainted(source, isDone = true) }.notice)
        assertNull(unpainted.withPhoto().notice)
        assertNull("too late", unpainted.withPhoto().after { onPainted(running.source, isDone = false) }.notice)
        assertNull(unpainted.after { onLensSwitched() }.notice)
    }

    @Test
    fun captureIsShownOrItsFailureIsReported() {
        assertEquals(R.string.capture_failed, running.after { onCaptured(null) }.news)
        val capture = Capture(android.net.Uri.EMPTY, bytes = 1)
        assertSame(capture, running.after { onCaptured(capture) }.capture)
    }

    @Test
    fun videoReplacesTheCamera() {
        assertEquals(R.string.video_opening, found.notice?.text)
        assertEquals(Remedy.BACK_TO_CAMERA, found.notice?.remedy)
        assertNull(found.camera)
        assertNull(playing.notice)
        assertTrue(playing.isLive)
        assertFalse(playing.canSwitchLens)
        assertFalse(checkNotNull(playing.video).isPaused)
        assertNotEquals(running.source, playing.source)
        for (video in listOf(found, playing)) {
            val closed = video.after { onPhotoClosed() }
            assertNull(closed.video)
            assertEquals(CameraRequest(Lens.BACK, video.source + 1), closed.camera)
        }
    }

    @Test
    fun videoGoesOnBehindAFrozenFrame() {
        val frozen = playing.after { onFrameFrozen(source, aPhoto) }
        assertFalse(frozen.isLive)
        assertTrue(checkNotNull(frozen.video).isPaused)
        val back = frozen.after { onPhotoClosed() }
        assertEquals("a", back.video?.uri)
        assertTrue(back.isLive)
        assertNull("it is not opened again", back.notice)
        assertNull("of the camera", running.after { onFrameFrozen(source, aPhoto) }.video)
    }

    @Test
    fun failedVideoLetsTheCameraRun() {
        for (video in listOf(found, playing)) {
            val failed = video.after { onVideoFailed(source) }
            assertEquals(R.string.video_unreadable, failed.notice?.text)
            assertNull(failed.video)
            assertNotEquals(video.source, failed.camera?.source)
            assertEquals(failed.camera, failed.after { onPhotoClosed() }.camera)
        }
        val other = playing.after { onPhotoPicked("b") }
        assertEquals("an earlier video", other, other.after { onVideoFailed(playing.source) })
        assertEquals("an earlier video", other, other.after { onVideoOpened(playing.source) })
    }

    @Test
    fun lineNeedsTracking() {
        assertEquals(running, running.after { onLineDrawn(line) })
        assertEquals(running, running.after { onLineTurned() })
        assertEquals(line, counting.countLine)
    }

    @Test
    fun lineBelongsToOneCameraOrVideo() {
        val video = counting.after { onPhotoPicked("a") }.after { onPhotoRead(source, PhotoState.Video("a")) }
        val others = listOf(
            counting.after { onLensSwitched() },
            counting.after { onLensesFound(listOf(Lens.FRONT)) },
            video,
            video.after { onLineDrawn(line) }.after { onPhotoClosed() },
            video.after { onLineDrawn(line) }.after { onPhotoPicked("b") }
        )
        for ((i, other) in others.withIndex()) assertNull("$i", other.countLine)
        assertNotNull(video.after { onLineDrawn(line) }.countLine)
        val frozen = counting.after { onFrameFrozen(source, aPhoto) }
        val same = listOf(
            counting.after { onLensesFound(Lens.entries) },
            counting.after { onCameraRetried() },
            counting.after { onShown(mayUseCamera = true) },
            frozen,
            frozen.after { onLineTurned() },
            frozen.after { onPhotoClosed() },
            counting.withPhoto().after { onPhotoClosed() }
        )
        for ((i, state) in same.withIndex()) assertEquals("$i", line, state.countLine)
    }

    @Test
    fun lineTurnsThroughFourDirections() {
        var state = tracking
        val seen = List(5) {
            state = state.after { onLineTurned() }
            state.countLine!!.run { listOf(x1, y1, x2, y2) }
        }
        assertEquals("upwards: its right is the screen's", listOf(0.5f, 1f, 0.5f, 0f), seen[0])
        assertEquals("a quarter clockwise", listOf(0f, 0.5f, 1f, 0.5f), seen[1])
        assertEquals(4, seen.distinct().size)
        assertEquals(seen[0], seen[4])
        val mirrored = tracking.after { onLensSwitched() }.after { onLineTurned() }.countLine!!
        assertTrue("a mirror exchanges the sides", mirrored.y1 < mirrored.y2)
    }

    @Test
    fun recordingEndsWithAReasonOrWithout() {
        val recording = checkNotNull(recorded.recording)
        assertSame("one at a time", recording, recorded.after { onRecordingStarted(2000) }.recording)
        val ended = recorded.after { onRecordingEnded(recording) }
        assertNull(ended.recording)
        assertNull(ended.news)
        assertTrue(ended.canRecord)
        val later = ended.after { onRecordingStarted(2000) }
            .after { onRecordingEnded(recording, R.string.recording_empty) }
        assertEquals("a later one goes on", 2000L, later.recording?.since)
        assertEquals(R.string.recording_empty, later.news)
    }

    @Test
    fun recordingEndsWithoutFrames() {
        val ends = listOf<UiState.() -> UiState>(
            { onLensSwitched() },
            { onPhotoPicked("a") },
            { onCameraRetried() },
            { onLeft() },
            { onModelFailed("damaged") },
            { onCameraFailed() },
            { copy(problem = CameraProblem(R.string.camera_in_use, mayRecover = true)) },
            { onLensesFound(emptyList()) },
            { onShown(mayUseCamera = false) }
        )
        for ((i, end) in ends.withIndex()) assertNull("$i", recorded.after(end).recording)
        assertNotNull(recorded.after { copy(isSheetOpen = true) }.recording)
    }

    @Test
    fun problemOfTheCameraDoesNotStopAVideo() {
        val inUse = CameraProblem(R.string.camera_in_use, mayRecover = true)
        val video = playing.after { copy(problem = inUse) }
        assertNotNull(video.after { onRecordingStarted(1) }.after { copy(isSheetOpen = true) }.recording)
    }

    @Test
    fun lastRecordingIsKept() {
        val video = ShareItem(android.net.Uri.EMPTY, SharedKind.VIDEO)
        val shared = running.after { onShareReady(video) }.after { copy(shared = null) }
        assertSame(video, shared.recorded)
        val picture = ShareItem(android.net.Uri.EMPTY, SharedKind.PICTURE)
        assertSame(video, shared.after { onShareReady(picture) }.recorded)
        assertEquals(R.string.share_failed, shared.after { onShareReady(null) }.news)
    }
}
