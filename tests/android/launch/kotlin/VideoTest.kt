package launch

import android.app.Activity
import android.content.ContentProvider
import android.content.ContentValues
import android.content.Context
import android.content.Intent
import android.database.Cursor
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.SurfaceTexture
import android.media.MediaPlayer
import android.net.Uri
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.view.PixelCopy
import android.view.Surface
import android.view.TextureView
import android.view.View
import androidx.activity.ComponentActivity
import androidx.camera.fake.FakeCamera
import androidx.lifecycle.ViewModelProvider
import java.util.concurrent.atomic.AtomicBoolean
import org.example.shapes.MainViewModel
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowMediaPlayer
import org.robolectric.shadows.ShadowMediaPlayer.InvalidStateBehavior
import org.robolectric.shadows.ShadowMediaPlayer.MediaInfo
import org.robolectric.shadows.ShadowMediaPlayer.State
import org.robolectric.util.ReflectionHelpers

/**
 * Tests of a video from the gallery. Nothing is decoded here: the frames are bitmaps, and everything after the view is
 * real. The fake player rejects the same calls as a real one.
 */
@Config(qualifiers = PHONE, shadows = [FakeFilm::class, VideoTest.Copies::class])
class VideoTest : LaunchTestBase() {
    /** A gallery that knows only the type of its file. */
    class Gallery : ContentProvider() {
        override fun onCreate() = true

        override fun getType(uri: Uri) = "video/mp4"

        override fun query(uri: Uri, of: Array<String>?, at: String?, with: Array<String>?, by: String?): Cursor? = null

        override fun insert(uri: Uri, values: ContentValues?): Uri? = null

        override fun delete(uri: Uri, which: String?, with: Array<String>?) = 0

        override fun update(uri: Uri, values: ContentValues?, which: String?, with: Array<String>?) = 0
    }

    /** The view that shows the video, with a surface of its own. */
    private class Screen(context: Context) : TextureView(context) {
        val texture = SurfaceTexture(false)

        override fun getSurfaceTexture() = texture

        override fun getBitmap(bitmap: Bitmap) = throw AssertionError("that stops the screen for a moment")
    }

    /** Replaces the copy of a surface's content, for which the caller waits. */
    @Implements(PixelCopy::class)
    class Copies {
        companion object {
            var picture: Bitmap? = null

            @Implementation
            @JvmStatic
            fun request(
                source: Surface,
                destination: Bitmap,
                listener: PixelCopy.OnPixelCopyFinishedListener,
                handler: Handler
            ) {
                assertTrue("the main thread draws on", Looper.myLooper() != Looper.getMainLooper())
                Canvas(destination).drawBitmap(picture!!, 0f, 0f, null)
                handler.post { listener.onPixelCopyFinished(PixelCopy.SUCCESS) }
            }
        }
    }

    private val picture by lazy { pictures().maxBy { expected(it).size } }
    private val players = mutableListOf<ShadowMediaPlayer>()
    private val player get() = players.last()
    private var width = 0

    @Before
    fun registerAGalleryWithAVideo() {
        Robolectric.setupContentProvider(Gallery::class.java, AUTHORITY)
        width = picture.width
        ShadowMediaPlayer.setMediaInfoProvider { MediaInfo(DURATION_MILLIS, 0) }
        ShadowMediaPlayer.setCreateListener { _: MediaPlayer, shadow ->
            ReflectionHelpers.setField(shadow, "videoWidth", width)
            ReflectionHelpers.setField(shadow, "videoHeight", picture.height)
            shadow.invalidStateBehavior = InvalidStateBehavior.EMULATE
            players += shadow
        }
    }

    @Test
    fun videoFramesShowPyTorchsBoxesAndPauseTheCamera() {
        val activity = launch().get()
        awaitReady(activity)
        val screen = play(activity)
        assertTrue(activity.view<View>("video").isShown)
        assertFalse(activity.view<View>("message").isShown)
        assertEquals("nothing is heard", 0f, player.leftVolume + player.rightVolume)
        see(activity, screen, bitmap(picture))
        assertSees(expected(picture), activity, "a frame")
        assertEquals("the camera rests", 0, FakeCamera.show(bitmap(picture)))
        val turned = turned(bitmap(picture))
        see(activity, screen, turned)
        val seen = detections(activity)
        assertEquals(activity.string("back_to_camera"), activity.view<View>("close_photo").contentDescription)
        activity.press("close_photo")
        awaitReady(activity)
        assertEquals("it is closed", State.END, player.state)
        assertFalse(activity.view<View>("video").isShown)
        show(bitmap(picture))
        assertSees(expected(picture), activity, "the camera goes on")
        open(activity, png(turned))
        awaitSeen(activity)
        assertEquals("the next frame, as a photo", seen, detections(activity))
    }

    @Test
    fun videoKeepsItsAspectRatioUnderTheOverlay() {
        val activity = launch().get()
        val screen = play(activity)
        screen.layout(0, 0, activity.overlay.width, activity.overlay.height)
        screen.surfaceTextureListener!!.onSurfaceTextureSizeChanged(screen.texture, screen.width, screen.height)
        val shown = screen.width * screen.scaleX to screen.height * screen.scaleY
        val scale = minOf(screen.width / picture.width.toFloat(), screen.height / picture.height.toFloat())
        assertEquals(picture.width * scale, shown.first, 0.01f)
        assertEquals(picture.height * scale, shown.second, 0.01f)
    }

    @Test
    fun frozenFrameShowsBoxesAndTheVideoGoesOnAfterwards() {
        val activity = launch().get()
        val screen = play(activity)
        see(activity, screen, bitmap(picture))
        activity.press("hold")
        awaitSeen(activity)
        assertSees(expected(picture), activity, "held")
        assertEquals("it rests", State.PAUSED, player.state)
        assertEquals(activity.string("back_to_video"), activity.view<View>("close_photo").contentDescription)
        activity.press("close_photo")
        await("it goes on") { player.state == State.STARTED }
        assertEquals("it was not opened again", 1, players.size)
        see(activity, screen, bitmap(picture))
        assertSees(expected(picture), activity, "after that")
        (activity as ComponentActivity).onBackPressedDispatcher.onBackPressed()
        awaitReady(activity)
        assertFalse(activity.isFinishing)
    }

    @Test
    fun videoIsRecordedAcrossARestart() {
        FakeFilm.reset()
        val activity = launch().get()
        val screen = play(activity)
        see(activity, screen, bitmap(picture))
        activity.press("record")
        // A frame may have been analysed before the recording began.
        await("it is recorded") {
            see(activity, screen, bitmap(picture))
            FakeFilm.all.isNotEmpty()
        }
        val before = FakeFilm.all.single().frames.size
        player.invokeCompletionListener()
        await("it goes on when it begins again") {
            see(activity, screen, bitmap(picture))
            FakeFilm.all.single().frames.size > before
        }
        shadowOf(activity).clearNextStartedActivities() // the picker
        activity.press("record")
        assertEquals("a whole video", awaitShared(activity, "video/mp4").use { it.reader().readText() })
    }

    @Test
    fun videoPlaysOnAfterRecreationAndPausesWhenTheAppStops() {
        val controller = launch()
        play(controller.get())
        controller.recreate()
        val screen = attach(controller.get())
        see(controller.get(), screen, bitmap(picture))
        assertEquals(State.STARTED, player.state)
        controller.pause().stop()
        settle()
        assertEquals(State.PAUSED, player.state)
        controller.restart().start().resume()
        settle()
        assertEquals(State.STARTED, player.state)
        assertEquals("it was not opened again", 1, players.size)
    }

    @Test
    fun nextProcessOpensTheVideoAgain() {
        val first = launch()
        play(first.get())
        val saved = Bundle()
        first.pause().stop().saveInstanceState(saved).destroy()
        settle()
        assertEquals("it is closed", State.END, player.state)
        val second = launch(saved = saved).get()
        val screen = attach(second)
        await("it plays") { players.size == 2 && player.state == State.STARTED }
        see(second, screen, bitmap(picture))
        assertSees(expected(picture), second, "in the next process")
    }

    @Test
    fun restartOfTheVideoResetsTrackIdsAndCounts() {
        val activity = launch().get()
        val screen = play(activity)
        activity.switchTracking()
        see(activity, screen, bitmap(picture))
        val turned = turned(bitmap(picture))
        repeat(3) { see(activity, screen, turned) }
        val later = detections(activity).map { it.track }
        assertTrue("other things than before: $later", later.any { it > later.size })
        val best = detections(activity).first()
        val place = placeOf(picture, activity.overlay, fills = false)
        val x = place.left + ((best.x1 + best.x2) / 2 + 11) * place.width() / picture.width
        drag(activity.overlay, x, place.bottom, place.top)
        for (step in 0..12) see(activity, screen, moved(turned, 2 * step))
        assertTrue("something crosses", numbersDrawn(activity.overlay).sum() > 0)
        player.invokeCompletionListener()
        assertEquals(State.STARTED, player.state)
        see(activity, screen, turned)
        val numbers = detections(activity).map { it.track }.sorted()
        assertEquals((1..numbers.size).toList(), numbers)
        assertEquals(listOf(0, 0), numbersDrawn(activity.overlay))
    }

    @Test
    fun videoThatThePlayerRejectsShowsAMessage() {
        ShadowMediaPlayer.setMediaInfoProvider { null } // the player refuses it
        assertUnreadable { pick(it) }
    }

    @Test
    fun videoDamagedInTheMiddleShowsAMessage() = assertUnreadable {
        see(it, play(it), bitmap(picture))
        player.invokeErrorListener(MediaPlayer.MEDIA_ERROR_UNKNOWN, MediaPlayer.MEDIA_ERROR_MALFORMED)
        assertEquals(State.END, player.state)
    }

    @Test
    fun videoWithoutAPictureShowsAMessage() {
        width = 0
        assertUnreadable { pick(it) }
    }

    private fun assertUnreadable(open: (Activity) -> Unit) {
        val activity = launch().get()
        awaitReady(activity)
        open(activity)
        awaitMessage(activity, activity.string("video_unreadable"))
        assertFalse(activity.view<View>("video").isShown)
        activity.press("message_action")
        show(bitmap(picture))
        assertSees(expected(picture), activity, "the camera goes on")
    }

    private fun pick(activity: Activity) {
        activity.press("pick_photo")
        val picking = shadowOf(activity).nextStartedActivityForResult
        val picked = Intent().setData(Uri.parse("content://$AUTHORITY/1"))
        shadowOf(activity).receiveResult(picking.intent, Activity.RESULT_OK, picked)
        settle()
    }

    private fun play(activity: Activity): Screen {
        val screen = attach(activity)
        pick(activity)
        await("it plays") { players.isNotEmpty() && player.state == State.STARTED }
        return screen
    }

    /** Replaces the view on the screen, which cannot show a video here. */
    private fun attach(activity: Activity): Screen {
        val screen = Screen(activity)
        val session = ViewModelProvider(activity as ComponentActivity)[MainViewModel::class.java].video
        session.showOn(screen)
        session.onSurfaceTextureAvailable(screen.texture, 0, 0)
        return screen
    }

    /** Shows one frame and waits for its result. A frame that was shown twice is let through first. */
    private fun see(activity: Activity, screen: Screen, frame: Bitmap) {
        await("no frame is in flight") { !isLooking(activity) }
        settle()
        val before = seen(activity)
        Copies.picture = frame
        await("a frame is looked at") {
            if (seen(activity) === before) screen.surfaceTextureListener!!.onSurfaceTextureUpdated(screen.texture)
            seen(activity).let { it != null && it !== before }
        }
    }

    private fun isLooking(activity: Activity): Boolean {
        val session = ViewModelProvider(activity as ComponentActivity)[MainViewModel::class.java].video
        val frames = ReflectionHelpers.getField<Any?>(session, "frames") ?: return false
        return ReflectionHelpers.getField<AtomicBoolean>(frames, "isBusy").get()
    }

    private fun seen(activity: Activity): Any? =
        activity.overlay.javaClass.getMethod("getShown").invoke(activity.overlay)

    private fun turned(picture: Bitmap): Bitmap {
        val turned = Bitmap.createBitmap(picture.width, picture.height, Bitmap.Config.ARGB_8888)
        Canvas(turned).apply { rotate(180f, picture.width / 2f, picture.height / 2f) }.drawBitmap(picture, 0f, 0f, null)
        return turned
    }

    private companion object {
        const val AUTHORITY = "films"
        const val DURATION_MILLIS = 3_600_000
    }
}
