import XCTest

@testable import App

final class ComparisonTests: XCTestCase {
    private let boxes = [0.9, 0.5, 0.3].map { score in
        Box(left: 10, top: 10, right: 20, bottom: 30, score: score, classIndex: 0)
    }

    func testWithoutAnotherConfidenceNothingIsCompared() {
        XCTAssertNil(Comparison(wanted: 0.25, other: nil))
    }

    func testWhatIsSeenAtTheLowerOneAloneIsNotSure() {
        for (wanted, other) in [(0.25, 0.5), (0.5, 0.25)] {
            let comparison = Comparison(wanted: wanted, other: other)
            XCTAssertEqual(comparison?.lower, 0.25)
            XCTAssertEqual(comparison?.higher, 0.5)
            XCTAssertEqual(boxes.map { comparison?.isSure($0) }, [true, false, false])
        }
    }

    func testWhatIsSharedIsOfTheOneThatIsWanted() {
        for (wanted, other, count) in [(0.25, 0.5, 3), (0.5, 0.25, 1)] {
            var result = PictureResult(
                boxes: boxes, size: CGSize(width: 40, height: 40), times: StageTimes(letterbox: 0, model: 0, boxes: 0))
            XCTAssertEqual(result.atOneConfidence, result)
            result.comparison = Comparison(wanted: wanted, other: other)
            XCTAssertEqual(result.atOneConfidence.boxes.count, count)
            XCTAssertNil(result.atOneConfidence.comparison)
            XCTAssertEqual(FoundReport.made(of: result, for: .of(["bird"])).detections.count, count)
        }
    }

    func testDashesBeginAndEndAtTheCorners() {
        let corners = [(0.0, 0.0), (90, 0), (90, 45), (0, 45)].map { CGPoint(x: $0.0, y: $0.1) }
        let marks = Mark.dashes(around: corners, ClassColor(classIndex: 1))
        XCTAssertEqual(marks.count, 20)
        let first = [CGPoint(x: 0, y: 0), CGPoint(x: 10, y: 0)], last = [CGPoint(x: 0, y: 5), CGPoint(x: 0, y: 0)]
        XCTAssertEqual(marks.first, .path(first, isClosed: false, ClassColor(classIndex: 1)))
        XCTAssertEqual(marks.last, .path(last, isClosed: false, ClassColor(classIndex: 1)))
    }

    func testThePictureIsChosenFromByTheLowerOne() {
        var choices = Choices(limits: Limits(confidence: 0.5, iou: 0.7, most: 300))
        XCTAssertEqual(choices.stillLimits, choices.limits)
        for other in [0.2, 0.8] {
            choices.otherConfidence = other
            XCTAssertEqual(choices.stillLimits.confidence, min(0.5, other))
            var things = ThingChoices()
            things.use(choices)
            XCTAssertEqual(things.still(TestPipeline.result(1)).comparison, Comparison(wanted: 0.5, other: other))
            XCTAssertNil(things.counted(TestPipeline.result(1)).comparison, "a frame of the camera")
        }
    }

    @MainActor
    func testItIsOfOnePictureThatStandsStill() async {
        let app = await TestApp.showingAFrame()
        app.model.isComparing = true
        XCTAssertFalse(app.model.isComparing, "over the camera")
        app.model.photos.open { TestPhoto() }
        let isOpen = await app.wait { app.model.photos.photo != nil }
        XCTAssertTrue(isOpen)
        app.model.isComparing = true
        app.model.limits.confidence = 0.5
        let isCompared = await app.wait { app.pipeline.count("confidence 0.5 beside 0.25") == 1 }
        XCTAssertTrue(isCompared)
        app.model.photos.close()
        await app.model.photoChanged()
        XCTAssertFalse(app.model.isComparing)
        let isOne = await app.wait { app.pipeline.count("confidence 0.5") == 1 }
        XCTAssertTrue(isOne)
    }
}
