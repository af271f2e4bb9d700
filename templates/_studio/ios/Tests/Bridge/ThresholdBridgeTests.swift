import XCTest

@testable import App

/// Which boxes are shown is the thresholds' choice.
final class ThresholdBridgeTests: BridgeTestCase {
    func testThresholds() throws {
        let detector = try detector()
        let picture = Pixels(try XCTUnwrap(goldenPictures().first))
        detector.thresholds = try Thresholds(confidence: 0.01, iou: 0.7, maxDetections: 300, classAgnostic: false)
        let every = try detect(picture, with: detector).detections.map(Numbers.init)
        XCTAssertEqual(every.map(\.score), every.map(\.score).sorted(by: >))
        detector.thresholds = try Thresholds(confidence: 0.01, iou: 0.7, maxDetections: 1, classAgnostic: false)
        XCTAssertEqual(try detect(picture, with: detector).detections.map(Numbers.init), Array(every.prefix(1)))
        detector.thresholds = try Thresholds(confidence: 1, iou: 0.7, maxDetections: 300, classAgnostic: false)
        XCTAssertTrue(try detect(picture, with: detector).detections.isEmpty)
    }

    /// The same picture by other thresholds, without the model.
    func testThresholdsAgain() throws {
        let detector = try detector()
        XCTAssertEqual(code { try detector.detectAgain() }, .runtimeFailure, "there was no picture yet")
        let picture = Pixels(try XCTUnwrap(goldenPictures().first))
        detector.thresholds = try Thresholds(confidence: 0.01, iou: 0.7, maxDetections: 300, classAgnostic: false)
        let every = try detect(picture, with: detector)
        detector.thresholds = try Thresholds(confidence: 1, iou: 0.7, maxDetections: 300, classAgnostic: false)
        XCTAssertTrue(try detector.detectAgain().detections.isEmpty)
        detector.thresholds = try Thresholds(confidence: 0.01, iou: 0.7, maxDetections: 300, classAgnostic: false)
        assertSame(try detector.detectAgain(), every, "as before")
    }
}
