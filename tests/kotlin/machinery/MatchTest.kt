package vision.parity

import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import vision.Contract
import vision.Detection
import vision.DetectionsContract
import vision.End2endContract
import vision.RawContract
import vision.Thresholds

class MatchTest {
    private class Box(val x: Float, val score: Float, val classId: Int = 0)

    private val tolerances = Tolerances(
        JSONObject(
            """{"letterbox": 1, "tensor": 1e-6, "raw": 0.015, "score": 0.005, "corner": 0.5,
                "confidence_margin": 0.005, "iou_margin": 0.01}"""
        )
    )

    private fun match(
        ours: List<Box>,
        theirs: List<Box>,
        maxDetections: Int = 300,
        contract: Contract = RawContract,
        tolerances: Tolerances = this.tolerances
    ): Match {
        val thresholds = Thresholds(0.25f, 0.7, maxDetections)
        return match(detections(ours), detections(theirs), thresholds, tolerances, contract, candidates = 1000)
    }

    private fun detections(boxes: List<Box>) = boxes.map { Detection(it.x, 0f, it.x + 100, 100f, it.score, it.classId) }

    private fun assertProblems(expected: Int, ours: List<Box>, theirs: List<Box>, maxDetections: Int = 300) =
        assertEquals(expected, match(ours, theirs, maxDetections).problems.size)

    @Test
    fun `equal lists match`() {
        val match = match(listOf(Box(0f, 0.9f), Box(200f, 0.5f)), listOf(Box(0.2f, 0.9f), Box(200f, 0.501f)))
        assertEquals(0.2, match.corners[0], 1e-5)
        assertEquals(0.001, match.scores[1], 1e-5)
        assertEquals(emptyList<String>(), match.problems)
    }

    @Test
    fun `a detection of one side only is a problem`() {
        assertProblems(1, listOf(Box(0f, 0.9f)), listOf())
        assertProblems(1, listOf(), listOf(Box(0f, 0.9f)))
        assertProblems(2, listOf(Box(0f, 0.9f, 1)), listOf(Box(0f, 0.9f, 2))) // another class
        assertProblems(2, listOf(Box(0f, 0.9f)), listOf(Box(50f, 0.9f))) // another place
    }

    @Test
    fun `a problem names the side that shows the detection`() {
        val theirs = detections(listOf(Box(0f, 0.9f)))
        val thresholds = Thresholds(0.25f, 0.7, 300)
        for (whose in listOf("PyTorch", "the int8 model in Python")) {
            val match = match(listOf(), theirs, thresholds, tolerances, RawContract, 1000, whose)
            val said = "only $whose shows: class 0, score 0.9000, box 0.0 0.0 100.0 100.0"
            assertEquals(said, match.problems.single())
        }
    }

    @Test
    fun `a detection of one side at the confidence is no problem`() {
        assertProblems(0, listOf(Box(0f, 0.2549f)), listOf())
        assertProblems(1, listOf(Box(0f, 0.2551f)), listOf())
    }

    @Test
    fun `a detection far below the confidence is a problem unless the other side is full`() {
        assertProblems(0, listOf(Box(0f, 0.2451f)), listOf())
        assertProblems(1, listOf(Box(0f, 0.2449f)), listOf())
        assertProblems(1, listOf(Box(0f, 0.9f), Box(300f, 0.01f)), listOf(Box(0f, 0.9f)))
        assertProblems(0, listOf(Box(0f, 0.9f), Box(300f, 0.3f)), listOf(Box(0f, 0.9f)), maxDetections = 1)
    }

    @Test
    fun `a detection of one side at the last kept score is no problem`() {
        val theirs = listOf(Box(0f, 0.9f), Box(600f, 0.5f))
        assertProblems(0, listOf(Box(0f, 0.9f), Box(300f, 0.502f)), theirs, maxDetections = 2)
        assertProblems(1, listOf(Box(0f, 0.9f), Box(300f, 0.52f)), theirs, maxDetections = 2)
    }

    @Test
    fun `a detection of one side that overlaps another by the IoU of NMS is no problem`() {
        // Moved by 17.647: an IoU of exactly 0.7.
        assertProblems(0, listOf(Box(0f, 0.9f), Box(17.7f, 0.8f)), listOf(Box(0f, 0.9f)))
        assertProblems(1, listOf(Box(0f, 0.9f), Box(30f, 0.8f)), listOf(Box(0f, 0.9f)))
        assertProblems(1, listOf(Box(0f, 0.9f, 1), Box(17.7f, 0.8f)), listOf(Box(0f, 0.9f, 1))) // of another class
    }

    @Test
    fun `NMS of an extra program may choose the other one of two nearly equal boxes`() {
        val ofProgram = tolerances.with(mapOf("score" to 0.02))
        val theirs = listOf(Box(0f, 0.9f))
        fun problems(box: Box, tolerances: Tolerances, contract: Contract = RawContract) =
            match(listOf(box), theirs, contract = contract, tolerances = tolerances).problems.size
        assertEquals("not of the reference", 2, problems(Box(10f, 0.89f), tolerances))
        assertEquals(0, problems(Box(10f, 0.89f), ofProgram))
        assertEquals("another score", 2, problems(Box(10f, 0.87f), ofProgram))
        assertEquals("another place", 2, problems(Box(30f, 0.89f), ofProgram))
        assertEquals("another class", 2, problems(Box(10f, 0.89f, classId = 1), ofProgram))
        assertEquals("without NMS", 2, problems(Box(10f, 0.89f), ofProgram, End2endContract))
    }

    @Test
    fun `without NMS an overlap explains no difference`() {
        val ours = listOf(Box(0f, 0.9f), Box(17.7f, 0.8f))
        assertEquals(1, match(ours, ours.take(1), contract = End2endContract).problems.size)
        assertEquals(0, match(listOf(Box(0f, 0.2549f)), listOf(), contract = End2endContract).problems.size)
    }

    @Test
    fun `without NMS only nearly equal scores may change places`() {
        val ours = listOf(Box(0f, 0.804f), Box(200f, 0.8f), Box(400f, 0.3f))
        fun problems(vararg theirs: Int) =
            match(ours, theirs.map { ours[it] }, contract = DetectionsContract).problems.size
        assertEquals(0, problems(0, 1, 2))
        assertEquals(0, problems(1, 0, 2))
        val theirs = listOf(Box(0f, 0.8f), Box(200f, 0.806f))
        assertEquals(1, match(ours.take(2), theirs, contract = End2endContract).problems.size)
        assertEquals(0, match(ours.take(2), theirs).problems.size)
    }

    @Test
    fun `a report without comparisons fails`() {
        val raw = Stage("raw", 0.015, "logits")
        assertFalse(Report(listOf(raw), 1, 0).passed)
        val nms = Stage("nms", 0.0, "differences").apply { add(0.0) }
        val report = Report(listOf(raw, nms), 1, 0)
        assertTrue(report.passed)
        assertEquals("raw", JSONObject(report.toJson()).getJSONArray("missing").getString(0))
        nms.add(1.0)
        assertFalse(report.passed)
    }

    @Test
    fun `NaN is an infinite difference`() {
        val stage = Stage("tensor", 1e-6, "").apply { add(Double.NaN) }
        assertFalse(stage.passed)
        val json = JSONObject(Report(listOf(stage), 1, 0).toJson())
        assertTrue(json.getJSONArray("stages").getJSONObject(0).isNull("worst"))
    }
}
