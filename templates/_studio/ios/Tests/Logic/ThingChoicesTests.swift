import XCTest

@testable import App

/// What somebody has chosen reaches what is shown, in frames, photos, and a frame that is held.
final class ThingChoicesTests: XCTestCase {
    func testAClassThatIsNotShownIsNotCountedAndColoursAreThoseThatWereChosen() {
        var choices = following
        (choices.onlyClass, choices.colors) = (1, [1: 3])
        var things = ThingChoices()
        things.use(choices)
        _ = things.counted(result([box(40, 1), box(40, 2, classIndex: 1)]))
        let frame = things.counted(result([box(60, 1), box(60, 2, classIndex: 1)]))
        XCTAssertEqual(frame.boxes.map(\.classIndex), [1])
        XCTAssertEqual(frame.boxes.map(\.chosenColor), [3])
        XCTAssertEqual(frame.line?.entered, 1)
        let photo = things.still(result([box(60, nil), box(60, nil, classIndex: 1)]))
        XCTAssertEqual(photo.boxes.map(\.chosenColor), [3])
        XCTAssertEqual(photo.seen.count, 2)
        XCTAssertNil(photo.line)
    }

    func testAHeldFrameKeepsNumbersAndCountsAsLongAsThereAreAny() {
        var things = ThingChoices()
        things.use(following)
        XCTAssertEqual(things.followedConfidence, 0.5)
        _ = things.counted(result([box(40, 7)]))
        let seen = things.counted(result([box(60, 7)]))
        XCTAssertEqual(held(seen, things).boxes.map(\.track), [7])
        XCTAssertEqual(held(seen, things).line, seen.line)
        XCTAssertEqual(seen.line?.entered, 1)

        var choices = following
        choices.isCounting = false
        things.use(choices)
        XCTAssertEqual(held(seen, things).boxes.map(\.track), [7])
        XCTAssertNil(held(seen, things).line)
        things.use(following)
        XCTAssertEqual(held(seen, things).line?.entered, 0, "it is counted anew")
        choices = following
        choices.line = CountLine(from: CGPoint(x: 0.8, y: 1), to: CGPoint(x: 0.8, y: 0))
        things.use(choices)
        XCTAssertEqual(held(seen, things).line?.from, CGPoint(x: 80, y: 50), "where it is counted")

        choices.isTracking = false
        things.use(choices)
        XCTAssertNil(things.followedConfidence)
        XCTAssertEqual(held(seen, things).boxes.map(\.track), [nil])
        XCTAssertNil(held(seen, things).line)
    }

    private var following: Choices {
        var choices = Choices(limits: Limits(confidence: 0.5, iou: 0.7, most: 300))
        (choices.isTracking, choices.isCounting) = (true, true)
        return choices
    }

    /// The frame, looked at by itself.
    private func held(_ frame: PictureResult, _ things: ThingChoices) -> PictureResult {
        var found = result(frame.boxes.map { box(($0.left + $0.right) / 2, nil) })
        things.keep(frame.boxes, in: &found)
        return found
    }

    private func result(_ boxes: [Box]) -> PictureResult {
        PictureResult(
            boxes: boxes, size: CGSize(width: 100, height: 50), times: StageTimes(letterbox: 1, model: 2, boxes: 3))
    }

    private func box(_ x: Double, _ track: Int?, classIndex: Int = 0) -> Box {
        Box(left: x - 5, top: 15, right: x + 5, bottom: 25, score: 0.9, classIndex: classIndex, track: track)
    }
}
