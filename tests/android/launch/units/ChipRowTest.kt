package org.example.shapes

import android.content.Context
import android.view.ContextThemeWrapper
import android.view.LayoutInflater
import android.view.View
import android.view.View.MeasureSpec
import android.view.ViewGroup
import android.widget.Button
import androidx.core.view.isVisible
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import edgegen.StageTimes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import vision.Detection
import vision.THE_MODEL
import vision.VisionResult

private const val SECOND = 1_000_000_000L

/** The class chips, as they are seen and touched. */
@RunWith(AndroidJUnit4::class)
class ChipRowTest {
    private val tapped = mutableListOf<Int>()
    private val root by lazy {
        val application = ApplicationProvider.getApplicationContext<Context>()
        LayoutInflater.from(ContextThemeWrapper(application, R.style.AppTheme)).inflate(R.layout.activity_main, null)
    }
    private val scroll by lazy { root.findViewById<View>(R.id.chips) }
    private val row by lazy { root.findViewById<ViewGroup>(R.id.chip_row) }
    private val names = listOf("cup", "x".repeat(300), " \n") + List(77) { "class of $it" }
    private val chips by lazy { ChipRow(scroll, row) { tapped += it } }

    @Test
    fun chipCountsItsClassAndIsSelectedAlone() {
        show(0, ClassCount(1, count = 1), ClassCount(0, count = 3))
        assertTrue(scroll.isVisible)
        assertEquals("the most frequent first", listOf("cup × 3", "${names[1]} × 1"), texts())
        row.getChildAt(0).performClick()
        assertEquals(listOf(0), tapped)
        show(0, ClassCount(1, count = 1), ClassCount(0, count = 3), onlyClass = 0)
        assertEquals(listOf(true, false), children().map { it.isSelected })
        assertEquals(Button::class.java.name, row.getChildAt(0).accessibilityClassName)
    }

    @Test
    fun chipKeepsItsPlaceForTwoSeconds() {
        show(SECOND, ClassCount(0, count = 3), ClassCount(3, count = 1))
        val cup = row.getChildAt(0)
        show(2 * SECOND, ClassCount(4, count = 5), ClassCount(3, count = 1))
        assertEquals(listOf("cup × 0", "class of 0 × 1", "class of 1 × 5"), texts())
        assertSame(cup, row.getChildAt(0))
        show(3 * SECOND, ClassCount(4, count = 5), ClassCount(3, count = 1))
        assertEquals(listOf("class of 0 × 1", "class of 1 × 5"), texts())
    }

    @Test
    fun photoHasOnlyChipsOfItsOwnClasses() {
        show(SECOND, ClassCount(0, count = 3))
        show(SECOND, ClassCount(3, count = 1), isLive = false)
        assertEquals(listOf("class of 0 × 1"), texts())
    }

    @Test
    fun selectedChipStaysWithoutDetections() {
        show(0, ClassCount(0, count = 3), onlyClass = 0)
        show(99 * SECOND, onlyClass = 0)
        assertEquals(listOf("cup × 0"), texts())
        chips.show(null, onlyClass = 0, names, isLive = true)
        assertEquals(listOf("cup × 0"), texts())
        chips.show(null, onlyClass = null, names, isLive = true)
        assertEquals(emptyList<String>(), texts())
    }

    @Test
    fun classWithoutANameHasItsNumberAndAnotherModelsNamesReplaceAll() {
        show(0, ClassCount(2, count = 1))
        assertEquals(listOf("class 2 × 1"), texts())
        chips.show(result(0, ClassCount(0, count = 4)), onlyClass = null, listOf("owl"), isLive = true)
        assertEquals(listOf("owl × 4"), texts())
    }

    @Test
    fun rowKeepsItsHeightWithoutAChip() {
        val height = { layOut().let { scroll.height } }
        val empty = height()
        show(0, ClassCount(0, count = 3))
        assertEquals(empty, height())
        chips.show(null, onlyClass = null, names, isLive = false)
        assertFalse(scroll.isVisible)
        assertEquals(empty, height())
    }

    @Test
    fun eightyLongNamesScrollSideways() {
        for (screen in listOf("w320dp-h533dp-port", "w891dp-h411dp-land")) {
            RuntimeEnvironment.setQualifiers("+$screen")
            show(0, *Array(names.size) { ClassCount(it, count = 300) })
            layOut()
            val metrics = root.resources.displayMetrics
            assertTrue("${scroll.width}", scroll.width <= metrics.widthPixels)
            assertTrue("$screen scrolls: ${row.width}", row.width > scroll.width)
            for (chip in children()) {
                assertTrue("${chip.width}", chip.width <= 240 * metrics.density + 1)
                assertTrue("${chip.width} x ${chip.height}", minOf(chip.width, chip.height) >= 48 * metrics.density)
                assertEquals(1, chip.lineCount)
            }
        }
    }

    @Test
    fun filterCountsAllClassesAndLeavesOne() {
        val boxes = listOf(0, 1, 0, 2).map { Detection(0f, 0f, 1f, 1f, score = 0.5f, classId = it) }
        val result = VisionResult.Boxes(width = 4, height = 4, boxes)
        assertSame(result, ClassFilter(null).process(result))
        val filter = ClassFilter(0)
        assertEquals(listOf(0, 0), filter.process(result).boxes.map { it.classId })
        val counts = listOf(ClassCount(0, count = 2), ClassCount(1, count = 1), ClassCount(2, count = 1))
        assertEquals(counts, filter.counts)
    }

    private fun show(time: Long, vararg counts: ClassCount, onlyClass: Int? = null, isLive: Boolean = true) =
        chips.show(result(time, *counts), onlyClass, names, isLive)

    private fun result(time: Long, vararg counts: ClassCount) = PictureResult(
        VisionResult.Boxes(1, 1, emptyList()),
        THE_MODEL,
        StageTimes(letterbox = 0, model = 0, postprocess = 0, finishedAt = time),
        source = 0,
        isMirrored = false,
        classes = counts.toList()
    )

    private fun children() = List(row.childCount) { row.getChildAt(it) as Button }

    private fun texts() = children().map { it.text.toString() }

    private fun layOut() {
        val metrics = root.resources.displayMetrics
        root.measure(exactly(metrics.widthPixels), exactly(metrics.heightPixels))
        root.layout(0, 0, metrics.widthPixels, metrics.heightPixels)
    }

    private fun exactly(size: Int) = MeasureSpec.makeMeasureSpec(size, MeasureSpec.EXACTLY)
}
