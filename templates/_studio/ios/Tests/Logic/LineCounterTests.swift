import XCTest

@testable import App

/// What crosses a line is counted: in, and out.
final class LineCounterTests: XCTestCase {
    private let line = CountedLine(CountLine(middleOfMirrored: false), in: CGSize(width: 100, height: 50))

    func testToTheRightIsInAndBackIsOut() {
        XCTAssertEqual(counts([40, 60]), [1, 0])
        XCTAssertEqual(counts([60, 40]), [0, 1])
        XCTAssertEqual(counts([40, 49, 51, 60, 45, 55]), [2, 1])
        XCTAssertEqual(counts([60, 70, 90]), [0, 0])
        XCTAssertEqual(counts([]), [0, 0])
    }

    func testALineThatIsDrawnTheOtherWayRoundCountsTheOtherWayRound() {
        XCTAssertEqual(counts([40, 60], CountedLine(from: line.to, to: line.from)), [0, 1])
    }

    func testInAMirrorWhatGoesToTheRightOfTheScreenComesInToo() {
        for (camera, counted) in [(CameraPosition.back, [1, 0]), (.front, [0, 1])] {
            var counting = on(camera)
            _ = look(&counting, 40)
            XCTAssertEqual(look(&counting, 60), counted, "\(camera)")
        }
    }

    func testWhatWasCountedStaysWhenThingsAreFollowedAnew() {
        var counting = on(.back)
        _ = look(&counting, 40)
        XCTAssertEqual(look(&counting, 60), [1, 0])
        counting.restart()
        XCTAssertEqual(look(&counting, 40), [1, 0], "number 1 is another thing")
        counting.start(.back)
        XCTAssertEqual(look(&counting, 60), [1, 0], "after a photo too")
        XCTAssertEqual(look(&counting, 10, in: CGSize(width: 50, height: 100)), [1, 0], "the phone was turned")
        XCTAssertEqual(look(&counting, 40, in: CGSize(width: 50, height: 100)), [2, 0])
    }

    /// Of what a zoom moves over the line, in the frames after it too: some were taken before.
    func testWhatACameraMovesByZoomingIsNotCounted() {
        var counting = on(.back)
        _ = look(&counting, 40)
        XCTAssertEqual(look(&counting, 60), [1, 0])
        counting.zoom = 2
        XCTAssertEqual(look(&counting, 40), [1, 0], "what was counted stays")
        for _ in 1..<Counting.settling { XCTAssertEqual(look(&counting, 60), [1, 0]) }
        counting.zoom = 2
        XCTAssertEqual(look(&counting, 40), [1, 1], "it is zoomed no further")
        counting.zoom = 3
        counting.start(.back)
        _ = look(&counting, 40)
        XCTAssertEqual(look(&counting, 60), [2, 1], "a camera that starts stands still")
        counting.zoom = 3
        XCTAssertEqual(look(&counting, 40), [2, 1], "nobody knows where it stood")
    }

    func testCountsEndWithCountingAndWithTheCamera() {
        var counting = on(.back)
        _ = look(&counting, 40)
        XCTAssertEqual(look(&counting, 60), [1, 0])
        counting.isOn = true
        XCTAssertEqual(look(&counting, 60), [1, 0], "it was on already")
        counting.isOn = false
        XCTAssertNil(look(&counting, 60))
        counting.isOn = true
        XCTAssertEqual(look(&counting, 60), [0, 0])
        XCTAssertEqual(look(&counting, 40), [0, 1])
        counting.start(.front)
        XCTAssertEqual(look(&counting, 40), [0, 0])
    }

    func testAVideoThatBeginsAgainIsCountedAnew() {
        var counting = on(.back)
        _ = look(&counting, 40)
        XCTAssertEqual(look(&counting, 60), [1, 0])
        counting.start(nil)
        XCTAssertEqual(look(&counting, 40), [0, 0], "the camera counted something else")
        XCTAssertEqual(look(&counting, 60), [1, 0])
        counting.start(nil)
        XCTAssertEqual(look(&counting, 60), [1, 0], "after a frame that was held")
        counting.restart()
        counting.forget()
        XCTAssertEqual(look(&counting, 60), [0, 0])
    }

    func testWhatTremblesOnTheLineIsCountedOnlyWhenItLeavesIt() {
        XCTAssertEqual(counts([40, 50.2, 49.8, 50.4, 49.6, 50.2]), [0, 0])
        XCTAssertEqual(counts([40, 50.2, 49.8, 50.4, 49.6, 50.6]), [1, 0], "a twentieth of its box is 0.5")
        XCTAssertEqual(counts([50.2, 49.8, 50.2, 49.8]), [0, 0], "also when it begins there")
    }

    func testBeyondTheLineNothingIsCounted() {
        let short = CountedLine(from: CGPoint(x: 50, y: 50), to: CGPoint(x: 50, y: 30))
        XCTAssertEqual(counts([40, 60], short), [0, 0])
        XCTAssertEqual(counts([40, 60], short, y: 40), [1, 0])
    }

    func testWhatIsHiddenForAWhileIsCountedWhenItComesAgain() {
        for (frames, count) in [(FollowedThings.patience - 1, 1), (FollowedThings.patience + 1, 0)] {
            var counter = LineCounter(line: line)
            counter.look(at: [box(1, 40)])
            for _ in 0..<frames { counter.look(at: []) }
            counter.look(at: [box(1, 60)])
            XCTAssertEqual(counter.line.entered, count)
        }
    }

    func testEachThingIsCountedAndWhatNobodyFollowsIsNot() {
        var counter = LineCounter(line: line)
        var other = box(1, 40)
        other.track = nil
        counter.look(at: [box(1, 40), box(2, 60), other])
        other.left += 20
        other.right += 20
        counter.look(at: [box(1, 60), box(2, 40), other])
        XCTAssertEqual([counter.line.entered, counter.line.left], [1, 1])
    }

    func testTheLineIsDrawnWithItsCounts() {
        var result = TestPipeline.result(0)
        let mapping = PictureMapping(
            picture: CGSize(width: 100, height: 50), view: CGSize(width: 200, height: 100), aspect: .fit)
        XCTAssertEqual(layer.marks(for: result, in: mapping), [])
        var crossed = line
        (crossed.entered, crossed.left) = (3, 12)
        result.line = crossed
        XCTAssertEqual(
            layer.marks(for: result, in: mapping),
            [
                .path(
                    [CGPoint(x: 100, y: 100), CGPoint(x: 100, y: 0)], isClosed: false, ClassColor(rgb: 0xFFFFFF)),
                .label(CGRect(x: 105, y: 44, width: 3, height: 12), "3", ClassColor(rgb: 0x000000)),
                .label(CGRect(x: 91, y: 44, width: 4, height: 12), "12", ClassColor(rgb: 0x000000)),
            ])
        XCTAssertEqual(Summary.text(result, names: [], isLive: true), "Nothing found, 3 in, 12 out")
        result.boxes = [box(1, 40)]
        XCTAssertEqual(Summary.text(result, names: ["bowl"], isLive: true), "1 bowl, 3 in, 12 out")
    }

    func testEachCountStandsOnItsSideOfTheLineInAMirrorToo() {
        for (turns, isMirrored, x, y) in [
            (0, false, 48.5, 30.0), (0, true, 48.5, 30), (1, false, 17, 44), (1, true, 30, 44),
        ] {
            var result = TestPipeline.result(0)
            result.line = CountedLine(from: CGPoint(x: 0, y: 25), to: CGPoint(x: 100, y: 25))
            let view = turns == 0 ? CGSize(width: 100, height: 50) : CGSize(width: 50, height: 100)
            let mapping = PictureMapping(
                picture: CGSize(width: 100, height: 50), quarterTurns: turns, isMirrored: isMirrored, view: view,
                aspect: .fit)
            XCTAssertEqual(
                layer.marks(for: result, in: mapping)[1],
                .label(CGRect(x: x, y: y, width: 3, height: 12), "0", ClassColor(rgb: 0x000000)),
                "\(turns) turns, mirrored: \(isMirrored)")
        }
    }

    func testCountsStayClearOfControls() {
        var result = TestPipeline.result(0)
        result.line = CountedLine(from: CGPoint(x: 0, y: 45), to: CGPoint(x: 100, y: 45))
        let size = CGSize(width: 100, height: 50)
        let mapping = PictureMapping(picture: size, view: size, aspect: .fill, covered: Margins(right: 60, bottom: 20))
        XCTAssertEqual(
            layer.marks(for: result, in: mapping)[1],
            .label(CGRect(x: 37, y: 18, width: 3, height: 12), "0", ClassColor(rgb: 0x000000)))
    }

    func testAnotherLineIsCountedFromTheBeginning() {
        var counting = on(.back)
        _ = look(&counting, 40)
        XCTAssertEqual(look(&counting, 60), [1, 0])
        let drawn = CountLine(from: CGPoint(x: 0.8, y: 1), to: CGPoint(x: 0.8, y: 0))
        counting.line = drawn
        XCTAssertEqual(look(&counting, 60), [0, 0])
        XCTAssertEqual(look(&counting, 90), [1, 0])
        counting.line = drawn
        XCTAssertEqual(look(&counting, 40), [1, 1], "the same again")
        counting.line = nil
        XCTAssertEqual(look(&counting, 40), [0, 0])
        XCTAssertEqual(look(&counting, 60), [1, 0], "in the middle")
    }

    @MainActor
    func testOnlyWhatIsFollowedIsCounted() async {
        let app = TestApp()
        _ = await app.isReady()
        app.model.isCounting = true
        XCTAssertFalse(app.model.isCounting)
        app.model.isTracking = true
        let isCounting = await app.wait { app.pipeline.count("confidence 0.25 tracking counting") == 1 }
        XCTAssertTrue(isCounting)
        app.model.isTracking = false
        let isPlain = await app.wait { app.pipeline.calls.last { $0.hasPrefix("confidence") } == "confidence 0.25" }
        XCTAssertTrue(isPlain)
    }

    private let layer = LineLayer(
        texts: LabelTexts(names: []) { Double($0.count) }, style: LabelStyle(lineHeight: 10, margin: 1))

    private func counts(_ places: [Double], _ line: CountedLine? = nil, y: Double = 20) -> [Int] {
        var counter = LineCounter(line: line ?? self.line)
        for place in places { counter.look(at: [box(1, place, y: y)]) }
        return [counter.line.entered, counter.line.left]
    }

    /// Of a camera that was started.
    private func on(_ camera: CameraPosition) -> Counting {
        var counting = Counting()
        counting.isOn = true
        counting.start(camera)
        return counting
    }

    /// What is counted after a frame in which thing 1 is there; nil: nothing is.
    private func look(_ counting: inout Counting, _ x: Double, in size: CGSize = CGSize(width: 100, height: 50)) -> [Int]? {
        var result = PictureResult(boxes: [box(1, x)], size: size, times: StageTimes(letterbox: 1, model: 2, boxes: 3))
        counting.process(&result)
        return result.line.map { [$0.entered, $0.left] }
    }

    private func box(_ number: Int, _ x: Double, y: Double = 20) -> Box {
        Box(left: x - 5, top: y - 5, right: x + 5, bottom: y + 5, score: 0.9, classIndex: 0, track: number)
    }
}
