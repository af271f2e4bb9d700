package org.example.shapes

import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.Thresholds

/** Permission, lenses and zoom, without a camera. */
@RunWith(AndroidJUnit4::class)
class CameraStateTest {
    private val both = listOf(Lens.BACK, Lens.FRONT)
    private val new = UiState(Thresholds(confidence = 0.25f, iou = 0.7, maxDetections = 300))
    private val running = new.after { onShown(mayUseCamera = true) }
        .after { onLensesFound(both) }
        .after { onModelLoaded() }
    private val asked = new.after { onShown(mayUseCamera = false) }
        .after { onLensesFound(both) }
        .after { onPermissionRequested(wasRefused = false) }
    private val zooming = running.after { onCameraZoomRange(0.5f, 8f) }

    @Test
    fun permissionIsRequestedOnceWithoutAMessageBehindTheDialog() {
        val shown = new.after { onModelLoaded() }.after { onShown(mayUseCamera = false) }.after { onLensesFound(both) }
        assertTrue(shown.mustAsk)
        assertNull(shown.notice)
        assertFalse(shown.isRefused)
        val turned = shown.after { onPermissionRequested(wasRefused = false) }.after { onShown(mayUseCamera = false) }
        assertTrue("the next process does not ask", turned.isRefused)
        assertFalse(turned.mustAsk)
        assertNull(turned.notice)
        assertNull(turned.camera)
    }

    @Test
    fun welcomeWaitsUntilTheFirstStartIsKnown() {
        val unknown = new.copy(isNew = null).after { onShown(mayUseCamera = false) }.after { onLensesFound(both) }
        assertFalse(unknown.mustAsk || unknown.isWelcoming)
        assertTrue(unknown.after { copy(isNew = true) }.isWelcoming)
        assertTrue(unknown.after { copy(isNew = false) }.mustAsk)
    }

    @Test
    fun welcomeIsSkippedWithThePermissionOrWithoutACamera() {
        val fresh = new.copy(isNew = true)
        assertFalse(fresh.after { onShown(mayUseCamera = true) }.after { onLensesFound(both) }.isWelcoming)
        assertFalse(fresh.after { onShown(mayUseCamera = false) }.after { onLensesFound(emptyList()) }.isWelcoming)
    }

    @Test
    fun secondRefusalIsFinal() {
        val once = asked.after { onPermissionAnswered(isGranted = false, mayAskAgain = true) }
        assertSays(R.string.permission_refused, Remedy.ALLOW_CAMERA, once)
        val final = once.after { onPermissionRequested(wasRefused = true) }
            .after { onPermissionAnswered(isGranted = false, mayAskAgain = false) }
        assertSays(R.string.permission_refused_for_ever, Remedy.OPEN_SETTINGS, final)
        for (state in listOf(once, final)) {
            assertFalse(state.after { onShown(mayUseCamera = false) }.mustAsk)
            assertTrue("in the next process, too", state.isRefused)
        }
    }

    @Test
    fun dialogClosedWithoutAnAnswerIsForgivenOnce() {
        val once = asked.after { onPermissionAnswered(isGranted = false, mayAskAgain = false) }
        assertEquals(Remedy.ALLOW_CAMERA, once.notice?.remedy)
        val again = once.after { onPermissionRequested(wasRefused = false) }
        val twice = again.after { onPermissionAnswered(isGranted = false, mayAskAgain = false) }
        assertEquals("there may be no dialog any more", Remedy.OPEN_SETTINGS, twice.notice?.remedy)
        val refused = again.after { onPermissionAnswered(isGranted = false, mayAskAgain = true) }
        assertEquals(Remedy.ALLOW_CAMERA, refused.notice?.remedy)
    }

    @Test
    fun oneTimePermissionIsRequestedAgain() {
        val later = running.after { onShown(mayUseCamera = false) }
        assertTrue(later.mustAsk)
        assertNull(later.camera)
    }

    @Test
    fun returnFromTheSettingsAsksAgainOrRuns() {
        val inSettings = asked.after { copy(permission = Permission.IN_SETTINGS) }
        assertSays(R.string.permission_refused_for_ever, Remedy.OPEN_SETTINGS, inSettings)
        assertFalse("not behind the settings", inSettings.mustAsk)
        assertTrue(inSettings.after { onShown(mayUseCamera = false) }.mustAsk)
        assertEquals(Lens.BACK, inSettings.after { onShown(mayUseCamera = true) }.camera?.lens)
    }

    @Test
    fun switchGoesThroughAllLenses() {
        var state = running.after { onLensesFound(Lens.entries) }
        val seen = List(3) { state.after { onLensSwitched() }.also { state = it }.camera?.lens }
        assertEquals(listOf(Lens.FRONT, Lens.EXTERNAL, Lens.BACK), seen)
        assertFalse(running.after { onLensesFound(listOf(Lens.EXTERNAL)) }.canSwitchLens)
    }

    @Test
    fun failedCameraRestsUntilARetryOrTheNextStart() {
        val failed = running.after { onCameraFailed() }
        assertNull(failed.camera)
        assertNotEquals(running.camera, failed.after { onCameraRetried() }.camera)
        assertEquals(running.camera, failed.after { onShown(mayUseCamera = true) }.camera)
    }

    @Test
    fun unpluggedCameraLeavesNoProblem() {
        val cable = running.after { onLensesFound(Lens.entries) }.after { onLensSwitched() }.after { onLensSwitched() }
        val pulled = cable.after { onCameraFailed() }
        assertNull("nothing has changed", pulled.after { onLensesFound(Lens.entries) }.camera)
        val others = pulled.after { onLensesFound(both) }
        assertEquals(Lens.BACK, others.camera?.lens)
        assertNull(others.notice)
    }

    @Test
    fun interruptedCameraStaysBound() {
        val taken = running.after { copy(problem = CameraProblem(R.string.camera_in_use, mayRecover = true)) }
        assertEquals(running.camera, taken.camera)
        assertEquals(R.string.camera_in_use, taken.notice?.text)
        assertEquals(running, taken.after { copy(problem = null) })
        assertEquals(taken, taken.after { onShown(mayUseCamera = true) })
    }

    @Test
    fun unknownLensesAreAProblemOnlyAtFirst() {
        assertEquals(R.string.camera_failed, new.after { onLensesFound(null) }.notice?.text)
        assertEquals(running, running.after { onLensesFound(null) })
    }

    @Test
    fun zoomChipsDependOnTheCamera() {
        assertEquals(listOf(0.5f, 1f, 2f, 5f), zooming.cameraZoom.steps)
        assertEquals(listOf(0.6f, 1f, 2f), CameraZoom(least = 0.6f, most = 4f).steps)
        assertEquals(emptyList<Float>(), CameraZoom(least = 1f, most = 1.9f).steps)
        assertNull(CameraZoom().reached)
    }

    @Test
    fun reachedStepIsTheOneBefore() {
        for ((ratio, step) in listOf(0.5f to 0.5f, 0.9f to 0.5f, 0.999f to 1f, 1.9f to 1f, 2f to 2f, 8f to 5f)) {
            assertEquals("$ratio", step, CameraZoom(ratio, least = 0.5f, most = 8f).reached)
        }
    }

    @Test
    fun pinchIsRelativeAndClamped() {
        val near = zooming.after { onCameraZoomed(2f) }.after { onCameraZoomed(1.5f, isRelative = true) }
        assertEquals(3f, near.cameraZoom.ratio)
        assertEquals(8f, near.after { onCameraZoomed(100f, isRelative = true) }.cameraZoom.wanted)
    }

    @Test
    fun zoomIsKeptForTheSameLens() {
        val near = zooming.after { onCameraZoomed(5f) }
        val rests = near.after { onPhotoPicked("a") }.after { onCameraZoomRange(1f, 1f) }
        assertEquals("a photo has none", rests, rests.after { onCameraZoomed(2f, isRelative = true) })
        val back = rests.after { onPhotoClosed() }.after { onCameraZoomRange(0.5f, 8f) }
        assertEquals(5f, back.cameraZoom.ratio)
        assertEquals(5f, near.after { onCameraRetried() }.cameraZoom.wanted)
        assertEquals(5f, near.after { onLensesFound(both) }.cameraZoom.wanted)
        assertEquals(1f, near.after { onLensSwitched() }.cameraZoom.wanted)
        assertEquals("the lens is gone", 1f, near.after { onLensesFound(listOf(Lens.FRONT)) }.cameraZoom.wanted)
    }

    private fun assertSays(text: Int, remedy: Remedy, state: UiState) {
        assertEquals(text, state.notice?.text)
        assertEquals(remedy, state.notice?.remedy)
    }
}
