package vision

import org.junit.Assert.assertEquals
import org.junit.Test

class ClassifyTaskTest {
    private val names = listOf("cat", "dog")

    private fun result(vararg classes: ClassScore) = ClassifyResult(width = 1, height = 1, classes.toList())

    @Test
    fun `the best class has its score, and another score is not announced`() {
        val weak = result(ClassScore(1, 0.034f), ClassScore(0, 0.03f))
        val strong = result(ClassScore(1, 0.125f))
        assertEquals("dog 0.03", weak.inWords(names))
        assertEquals("halves go up", "dog 0.13", strong.inWords(names))
        assertEquals(weak.news(names), strong.news(names))
        assertEquals("cat", result(ClassScore(0, 1f)).news(names))
        assertEquals("", result().inWords(names))
    }
}
