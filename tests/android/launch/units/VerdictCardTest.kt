package org.example.shapes

import android.content.Context
import android.view.ContextThemeWrapper
import android.view.LayoutInflater
import android.view.View
import android.widget.TextView
import androidx.core.view.isVisible
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Test
import org.junit.runner.RunWith
import vision.THE_MODEL

/** The verdict of a self-check that has no result. */
@RunWith(AndroidJUnit4::class)
class VerdictCardTest {
    private val root: View = LayoutInflater.from(
        ContextThemeWrapper(ApplicationProvider.getApplicationContext<Context>(), R.style.AppTheme)
    ).inflate(R.layout.activity_self_check, null)
    private val status: TextView = root.findViewById(R.id.status)
    private val card = VerdictCard(root.findViewById(R.id.verdict))

    @Test
    fun failureHasItsReasonAndAnIcon() {
        card.show(SelfCheckState(THE_MODEL, "", isRunning = false, failure = "why"))
        assertEquals("why", status.text.toString())
        assertNotNull(status.compoundDrawablesRelative.first())
        assertFalse(root.findViewById<View>(R.id.stages).isVisible)
    }

    @Test
    fun stoppedCheckHasNoIcon() {
        card.show(SelfCheckState(THE_MODEL, "", isRunning = false, failure = "stopped", isStopped = true))
        assertNull(status.compoundDrawablesRelative.first())
    }
}
