import XCTest

@testable import App

final class LimitsTests: XCTestCase {
    private let limits = Limits(confidence: 0.25, iou: 0.7, most: 300)

    func testSlidersMoveByHundredthsAndNoFurtherThanTheirEnds() {
        XCTAssertEqual(
            Limits(confidence: 0.4249, iou: 1.5, most: 0).rounded(after: limits),
            Limits(confidence: 0.42, iou: 1, most: 1))
        XCTAssertEqual(
            Limits(confidence: -1, iou: 0.005, most: 7).rounded(after: limits),
            Limits(confidence: 0, iou: 0.01, most: 7))
        XCTAssertEqual(limits.rounded(after: limits), limits)
    }

    /// Or what is shown would not be what PyTorch shows by the same numbers.
    func testWhatTheAppCameWithIsNotRounded() {
        let fine = Limits(confidence: 0.001, iou: 0.455, most: 300)
        XCTAssertEqual(SavedSettings(store: TestApp.store(), limits: fine).read().limits, fine)
        var moved = fine
        moved.most = 5
        XCTAssertEqual(moved.rounded(after: fine), moved)
    }

    func testTheMaximumGoesInSteps() {
        var limits = limits
        XCTAssertEqual(limits.step, Double(Limits.steps.count - 1))
        for (place, most) in Limits.steps.enumerated() {
            limits.step = Double(place) + 0.4
            XCTAssertEqual(limits.most, most)
            XCTAssertEqual(limits.step, Double(place))
        }
        limits.step = -3
        XCTAssertEqual(limits.most, 1)
        limits.step = 99
        XCTAssertEqual(limits.most, 300)
    }

    func testWhatTheAppCameWithStaysUntilTheSliderMoves() {
        var limits = Limits(confidence: 0.25, iou: 0.7, most: 30_000)
        limits.step = limits.step
        XCTAssertEqual(limits.most, 30_000)
        limits.most = 7
        limits.step = limits.step
        XCTAssertEqual(limits.most, 7)
        limits.step = 2
        XCTAssertEqual(limits.most, 3)
    }
}
