package org.example.shapes

import android.content.Context
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import java.util.Locale
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith

@RunWith(AndroidJUnit4::class)
class WordsTest {
    private val resources = ApplicationProvider.getApplicationContext<Context>().resources

    @Test
    fun welcomeNamesTheClassesAndThatNothingLeavesTheDevice() {
        val text = welcomeText(resources, listOf("cup", "plate"))
        assertTrue(text, ": cup, plate." in text)
        assertTrue(text, text.endsWith(resources.getString(R.string.welcome_private)))
    }

    @Test
    fun welcomeNamesAFewOfManyClasses() {
        val five = welcomeText(resources, listOf("a", "b", "c", "d", "e"))
        assertTrue(five, ": a, b, c, d, e." in five)
        val eighty = welcomeText(resources, List(80) { "n$it" })
        assertTrue(eighty, ": n0, n1, n2, n3 and 76 more." in eighty)
    }

    @Test
    fun welcomeCutsLongNamesAndNumbersEmptyOnes() {
        val text = welcomeText(resources, listOf("x".repeat(300), "\n", "50 % %@"))
        assertTrue(text, ": ${"x".repeat(24)}…, class 1, 50 % %@." in text)
    }

    @Test
    fun decimalsAreTheSameInEveryLanguage() {
        val locale = Locale.getDefault()
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"))
            assertEquals("0.50", decimals(0.5f))
            assertEquals("2.3", milliseconds(2_340_000))
        } finally {
            Locale.setDefault(locale)
        }
    }
}
