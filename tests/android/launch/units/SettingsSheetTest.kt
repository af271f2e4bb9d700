package org.example.shapes

import android.content.Context
import android.view.ContextThemeWrapper
import android.view.LayoutInflater
import android.view.View
import android.widget.Button
import android.widget.SeekBar
import android.widget.TextView
import androidx.core.view.ViewCompat
import androidx.core.view.isVisible
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.Detector
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import vision.DecodedContract
import vision.DetectionsContract
import vision.End2endContract
import vision.RawContract
import vision.THE_MODEL
import vision.Thresholds

/** The sheet with the settings, without a screen. */
@RunWith(AndroidJUnit4::class)
class SettingsSheetTest {
    private val context =
        ContextThemeWrapper(ApplicationProvider.getApplicationContext<Context>(), R.style.AppTheme)
    private val view: View = LayoutInflater.from(context).inflate(R.layout.sheet, null)
    private val states = mutableListOf(UiState(Thresholds(confidence = 0.123f, iou = 0.7, maxDetections = 20)))

    @Test
    fun eachSliderChangesItsOwnThreshold() {
        make()
        assertEquals("nothing has moved", 1, states.size)
        assertEquals(listOf("0.12", "0.70", "20"), listOf(R.id.confidence, R.id.iou, R.id.most).map(::value))
        bar(R.id.confidence).progress = 40
        assertEquals("the others keep their digits", Thresholds(0.4f, 0.7, 20), states.last().thresholds)
        bar(R.id.iou).progress = 55
        bar(R.id.most).progress = 3
        assertEquals(Thresholds(confidence = 0.4f, iou = 0.55, maxDetections = 3), states.last().thresholds)
        assertEquals(listOf("0.40", "0.55", "3"), listOf(R.id.confidence, R.id.iou, R.id.most).map(::value))
        assertEquals("0.40", ViewCompat.getStateDescription(bar(R.id.confidence)))
    }

    @Test
    fun mostDetectionsIsAtLeastOneAndAsManyAsTheModelHas() {
        states[0] = states[0].copy(thresholds = Thresholds(0.25f, 0.7, maxDetections = 1000))
        make()
        assertEquals(1 to 1000, bar(R.id.most).min to bar(R.id.most).max)
    }

    @Test
    fun overlapIsOnlyForModelsWithNms() {
        val sheet = make()
        for (contract in listOf(RawContract, DecodedContract, End2endContract, DetectionsContract)) {
            sheet.show(states.last(), THE_MODEL.copy(contract = contract), fastestThreads = null)
            assertEquals(contract.name, contract.needsNms, view.findViewById<View>(R.id.iou).isVisible)
        }
    }

    @Test
    fun threadsAreChangedOnceTheFingerIsLifted() {
        make()
        assertEquals(context.getString(R.string.threads_default), value(R.id.threads))
        val bar = bar(R.id.threads)
        assertEquals(Runtime.getRuntime().availableProcessors(), bar.max)
        var changes = 0
        val slider =
            Slider(view.findViewById(R.id.threads), R.string.threads, R.string.threads_hint, 0..8, 1, false, {
                "$it"
            }) {
                changes++
            }
        slider.onStartTrackingTouch(bar)
        for (number in 2..4) slider.onProgressChanged(bar, number, true)
        assertEquals("4" to 0, value(R.id.threads) to changes)
        slider.onStopTrackingTouch(bar)
        assertEquals(1, changes)
    }

    @Test
    fun fastestThreadsAreOneTouchAway() {
        val sheet = make()
        val button = view.findViewById<Button>(R.id.threads_fastest)
        sheet.show(states.last(), THE_MODEL, fastestThreads = null)
        assertFalse("not measured", button.isVisible)
        sheet.show(states.last(), THE_MODEL, fastestThreads = 1)
        assertEquals(context.getString(R.string.threads_fastest, "1"), button.text)
        button.performClick()
        assertEquals(1, states.last().threads)
        sheet.show(states.last(), THE_MODEL, fastestThreads = 1)
        assertFalse("chosen", button.isVisible)
    }

    @Test
    fun advancedSettingsAreFolded() {
        val sheet = make()
        sheet.show(states.last(), THE_MODEL, fastestThreads = null)
        assertFalse(view.findViewById<View>(R.id.advanced_group).isVisible)
        view.findViewById<View>(R.id.advanced).performClick()
        sheet.show(states.last(), THE_MODEL, fastestThreads = null)
        assertTrue(view.findViewById<View>(R.id.advanced_group).isVisible)
    }

    @Test
    fun precisionHasAnExplanation() {
        val sheet = make()
        for ((precision, hint) in listOf("float32" to R.string.precision_float, "int8, x" to R.string.precision_int8)) {
            sheet.show(states.last(), THE_MODEL.copy(precision = precision), fastestThreads = null)
            assertEquals(context.getString(R.string.verdict_precision, precision), text(R.id.precision))
            assertEquals(context.getString(hint), text(R.id.precision_hint))
        }
        assertEquals(Detector.DEFAULT_THREADS, states.last().threads)
    }

    private fun make() = SettingsSheet(view, View(context), states.last()) { states += states.last().after(it) }

    private fun bar(row: Int): SeekBar = view.findViewById<View>(row).findViewById(R.id.bar)

    private fun value(row: Int) = view.findViewById<View>(row).findViewById<TextView>(R.id.value).text.toString()

    private fun text(id: Int) = view.findViewById<TextView>(id).text.toString()
}
