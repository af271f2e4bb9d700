import XCTest

@testable import App

/// What crosses a line is counted: in, and out.
final class LineCounterTests: XCTestCase {
    private let line = CountedLine(middleOf: CGSize(width: 100, height: 50))

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
        let layer = LineLayer(
            texts: LabelTexts(names: []) { Double($0.count) }, style: LabelStyle(lineHeight: 10, margin: 1))
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
                .label(CGRect(x: 93, y: 44, width: 14, height: 12), "3 in, 12 out", ClassColor(rgb: 0x000000)),
            ])
        XCTAssertEqual(Summary.text(result, names: [], isLive: true), "3 in, 12 out")
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
        let isPlain = await app.wait { app.pipeline.calls.last == "confidence 0.25" }
        XCTAssertTrue(isPlain)
    }

    private func counts(_ places: [Double], _ line: CountedLine? = nil, y: Double = 20) -> [Int] {
        var counter = LineCounter(line: line ?? self.line)
        for place in places { counter.look(at: [box(1, place, y: y)]) }
        return [counter.line.entered, counter.line.left]
    }

    private func box(_ number: Int, _ x: Double, y: Double = 20) -> Box {
        Box(left: x - 5, top: y - 5, right: x + 5, bottom: y + 5, score: 0.9, classIndex: 0, track: number)
    }
}
