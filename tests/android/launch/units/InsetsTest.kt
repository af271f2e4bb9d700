package org.example.shapes

import android.content.Context
import android.graphics.Rect
import android.view.ContextThemeWrapper
import android.view.LayoutInflater
import android.view.View
import androidx.core.graphics.Insets
import androidx.core.view.ViewCompat
import androidx.core.view.WindowInsetsCompat
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment

/** What stays clear of the system's bars, wherever these are. */
@RunWith(AndroidJUnit4::class)
class InsetsTest {
    private val bars = Insets.of(1, 2, 3, 4)

    @Test
    fun portraitButtonsAreAboveTheSystemBar() {
        val root = padded("w411dp-h891dp-port")
        assertEquals(Rect(1, 2, 3, 0), paddingOf(root, R.id.over_picture))
        for (id in listOf(R.id.buttons, R.id.sheet)) assertEquals(Rect(1, 0, 3, 4), paddingOf(root, id))
        assertEquals(Rect(1, 2, 3, 4), paddingOf(root, R.id.welcome))
    }

    @Test
    fun landscapeButtonsAreBesideTheSystemBar() {
        val root = padded("ldltr-w891dp-h411dp-land")
        assertEquals(Rect(1, 2, 0, 4), paddingOf(root, R.id.over_picture))
        assertEquals(Rect(0, 2, 3, 4), paddingOf(root, R.id.buttons))
    }

    @Test
    fun rightToLeftButtonsAreAtTheLeftSide() {
        val root = padded("ldrtl-w891dp-h411dp-land")
        assertEquals(Rect(0, 2, 3, 4), paddingOf(root, R.id.over_picture))
        assertEquals(Rect(1, 2, 0, 4), paddingOf(root, R.id.buttons))
    }

    private fun padded(screen: String): View {
        RuntimeEnvironment.setQualifiers("+$screen")
        val application = ApplicationProvider.getApplicationContext<Context>()
        val themed = ContextThemeWrapper(application, R.style.AppTheme)
        val root = LayoutInflater.from(themed).inflate(R.layout.activity_main, null)
        root.padBySystemBars(
            isSideways = root.resources.getInteger(R.integer.main_orientation) == 0,
            overPicture = root.findViewById(R.id.over_picture),
            beside = listOf(root.findViewById(R.id.buttons), root.findViewById(R.id.sheet)),
            welcome = root.findViewById(R.id.welcome)
        )
        val insets = WindowInsetsCompat.Builder().setInsets(WindowInsetsCompat.Type.systemBars(), bars).build()
        ViewCompat.dispatchApplyWindowInsets(root, insets)
        return root
    }

    private fun paddingOf(root: View, id: Int) =
        root.findViewById<View>(id).run { Rect(paddingLeft, paddingTop, paddingRight, paddingBottom) }
}
