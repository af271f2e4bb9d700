import XCTest

@testable import App

final class SelfCheckTests: XCTestCase {
    func testThreadCountsAreThoseThatTheDeviceHas() {
        XCTAssertEqual(BenchmarkPlan.threadCounts(cores: 1), [1])
        XCTAssertEqual(BenchmarkPlan.threadCounts(cores: 2), [1, 2])
        XCTAssertEqual(BenchmarkPlan.threadCounts(cores: 3), [1, 2])
        XCTAssertEqual(BenchmarkPlan.threadCounts(cores: 6), [1, 2, 3, 4])
        XCTAssertEqual(BenchmarkPlan.threadCounts(cores: 8), [1, 2, 4])
        XCTAssertEqual(BenchmarkPlan.threadCounts(cores: 10), [1, 2, 4, 5])
        XCTAssertEqual(BenchmarkPlan.threadCounts(cores: 0), [1], "a device that does not say")
    }

    func testTheMedianIsInTheMiddle() {
        XCTAssertEqual(BenchmarkPlan.median([Double]()), 0)
        XCTAssertEqual(BenchmarkPlan.median([3]), 3)
        XCTAssertEqual(BenchmarkPlan.median([9, 1, 2]), 2)
        XCTAssertEqual(BenchmarkPlan.median([4, 1, 100, 2]), 3)
    }

    func testTheMedianHasAsManyBelowAsAbove() {
        var random = RandomNumbers(seed: 5)
        for count in 1...60 {
            let values = (0..<count).map { _ in Double.random(in: 0...100, using: &random) }
            let median = BenchmarkPlan.median(values)
            XCTAssertEqual(values.filter { $0 < median }.count, values.filter { $0 > median }.count)
        }
    }

    func testEachStageHasItsOwnMedian() {
        let times = [(1.0, 30.0, 5.0), (2, 10, 6), (3, 20, 4)].map { StageTimes(letterbox: $0, model: $1, boxes: $2) }
        XCTAssertEqual(BenchmarkPlan.median(times), StageTimes(letterbox: 2, model: 20, boxes: 5))
        XCTAssertEqual(BenchmarkPlan.median(times).total, 27)
    }

    func testAStageIsALineOfTheReport() {
        XCTAssertEqual(
            SelfCheckText.line(stage("boxes", unit: "px", worst: 0.0123456, tolerance: 0.5)),
            "boxes: passed, worst difference 0.0123 of 0.5 px")
        XCTAssertEqual(
            SelfCheckText.line(stage("nms", worst: 3, tolerance: 0, isPassed: false)),
            "nms: FAILED, worst difference 3 of 0")
        XCTAssertEqual(SelfCheckText.line(stage("raw", comparedCount: 0)), "raw: not compared")
    }

    func testTheVerdictSaysWithWhomAndWhatWasNotCompared() {
        let stages = [stage("letterbox"), stage("boxes")]
        func verdict(_ isPassed: Bool, _ stages: [CheckedStage], comparedWith: String = "PyTorch") -> String {
            SelfCheckText.verdict(
                CheckedVectors(stages: stages, isPassed: isPassed, pictureCount: 4, comparedWith: comparedWith))
        }
        for whose in ["PyTorch", "the int8 model in Python"] {
            XCTAssertEqual(
                verdict(true, stages, comparedWith: whose), "PASSED: the same as \(whose) on 4 pictures")
            XCTAssertEqual(verdict(false, stages, comparedWith: whose), "FAILED: not the same as \(whose)")
        }
        let partly = stages + [stage("raw", comparedCount: 0), stage("tensor", comparedCount: 0)]
        XCTAssertEqual(verdict(true, partly), "PASSED as far as was compared: not raw, tensor")
    }

    func testItComesDownToOneOfThree() {
        func verdict(_ isPassed: Bool, _ stages: [CheckedStage]) -> Verdict {
            Verdict(CheckedVectors(stages: stages, isPassed: isPassed, pictureCount: 4, comparedWith: "PyTorch"))
        }
        let partly = [stage("boxes"), stage("raw", comparedCount: 0)]
        XCTAssertEqual(verdict(true, [stage("boxes")]), .passed)
        XCTAssertEqual(verdict(true, partly), .partly)
        XCTAssertEqual(verdict(false, partly), .failed)
    }

    func testATimingIsALineOfTheReport() {
        let timing = Timing(threads: 2, times: StageTimes(letterbox: 1.04, model: 20, boxes: 0.5))
        XCTAssertEqual(SelfCheckText.line(timing), "2 threads: 1.0, 20.0, 0.5, 21.5")
        XCTAssertTrue(SelfCheckText.line(Timing(threads: 1, times: timing.times)).hasPrefix("1 thread: "))
        XCTAssertEqual(
            SelfCheckText.benchmarkTitle, "median of \(Appearance.benchmarkRuns), ms: input, model, result, together")
    }

    private func stage(
        _ name: String, unit: String = "", worst: Double = 0, tolerance: Double = 1, comparedCount: Int = 1,
        isPassed: Bool = true
    ) -> CheckedStage {
        CheckedStage(
            name: name, unit: unit, worst: worst, tolerance: tolerance, comparedCount: comparedCount,
            isPassed: isPassed, problems: [])
    }
}
