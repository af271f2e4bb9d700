import XCTest

@testable import App

final class TrackingTests: XCTestCase {
    func testTrailHasTheLastCentres() {
        var tracks = Tracks()
        var last: [Box] = []
        for frame in 0..<45 { last = tracks.shown([box(Double(frame), track: 1)], confidence: 0.25) }
        XCTAssertEqual(last[0].trail.count, Tracks.trailLength)
        XCTAssertEqual(last[0].trail.first?.x, 15)
        XCTAssertEqual(last[0].trail.last, last[0].center)
        let mapping = PictureMapping(picture: CGSize(width: 100, height: 50), view: CGSize(width: 200, height: 100), aspect: .fit)
        guard case .path(let points, false, let color) = TrailLayer().marks(for: FakePipeline.result(last), in: mapping)[0] else {
            return XCTFail("no trail")
        }
        XCTAssertEqual(points.first?.x, 30)
        XCTAssertEqual(color, ClassColor(classIndex: 1))
    }

    func testObjectIsShownFromItsFirstConfidentFrameOn() {
        var tracks = Tracks()
        XCTAssertEqual(tracks.shown([box(0, track: 1, score: 0.3)], confidence: 0.5), [])
        XCTAssertEqual(tracks.shown([box(1, track: 1, score: 0.5)], confidence: 0.5), [], "not above it")
        XCTAssertEqual(tracks.shown([box(1, track: 1, score: 0.51)], confidence: 0.5).map(\.trail.count), [3])
        XCTAssertEqual(tracks.shown([box(2, track: 1, score: 0.11)], confidence: 0.5).count, 1)
        XCTAssertEqual(tracks.shown([box(3, track: 1, score: 0.3)], confidence: 0.6), [], "the slider moved")
        for _ in 0..<Tracks.patience + 1 { _ = tracks.shown([], confidence: 0.6) }
        XCTAssertEqual(tracks.shown([box(4, track: 1)], confidence: 0.6).map(\.trail.count), [1], "forgotten")
    }

    func testHiddenClassIsNeitherShownNorCounted() {
        var choices = Choices(limits: TestApp.limits, isTracking: true, isCounting: true)
        choices.onlyClass = 1
        var processing = BoxProcessing()
        processing.use(choices)
        _ = processing.live(frame([box(40, track: 1), box(40, track: 2, classIndex: 1)]))
        let result = processing.live(frame([box(60, track: 1), box(60, track: 2, classIndex: 1)]))
        XCTAssertEqual(result.boxes.map(\.classIndex), [1])
        XCTAssertEqual(result.counts, [count(0, 1), count(1, 1)])
        XCTAssertEqual(result.line?.inCount, 1)
        XCTAssertNil(processing.filtered(result).line.flatMap { $0.outCount == 0 ? nil : $0 })
    }

    func testFrozenFrameKeepsTracksAndCounts() {
        var processing = BoxProcessing()
        processing.use(Choices(limits: TestApp.limits, isTracking: true, isCounting: true))
        _ = processing.live(frame([box(40, track: 7)]))
        let live = processing.live(frame([box(60, track: 7)]))
        XCTAssertEqual(frozen([box(61)], live: live.boxes, processing).boxes.map(\.track), [7])
        XCTAssertEqual(frozen([box(61)], live: live.boxes, processing).line, live.line)
        XCTAssertEqual(frozen([box(61, classIndex: 1)], live: live.boxes, processing).boxes.map(\.track), [nil])
        XCTAssertEqual(frozen([box(65)], live: live.boxes, processing).boxes.map(\.track), [nil], "too little overlap")
        let two = frozen([box(60, score: 0.4), box(61, score: 0.8)], live: live.boxes, processing)
        XCTAssertEqual(two.boxes.map(\.track), [nil, 7], "the more confident one gets it")
        processing.use(Choices(limits: TestApp.limits))
        XCTAssertNil(frozen([box(60)], live: live.boxes, processing).boxes[0].track)
    }

    func testChipsKeepTheirPlaces() {
        var chips = ClassChips()
        chips.showFrame([count(7, 3), count(2, 1)], time: 1)
        let next = [count(5, 1), count(2, 4)]
        chips.showFrame(next, time: 2.9)
        XCTAssertEqual(chips.chips.map(\.classIndex), [7, 2, 5])
        XCTAssertEqual(chips.chips.map(\.count), [0, 4, 1])
        chips.showFrame(next, time: 3)
        XCTAssertEqual(chips.chips.map(\.classIndex), [2, 5])
        chips.tap(5)
        chips.showPhoto([])
        XCTAssertEqual(chips.chips, [count(5, 0)], "chosen")
        chips.tap(5)
        XCTAssertNil(chips.chosen)
        chips.showPhoto([])
        XCTAssertEqual(chips.chips, [])
    }

    private func count(_ classIndex: Int, _ count: Int) -> ClassCount {
        ClassCount(classIndex: classIndex, className: "bowl", count: count)
    }

    private func frame(_ boxes: [Box]) -> VisionResult {
        FakePipeline.result(boxes, size: CGSize(width: 100, height: 50))
    }

    private func frozen(_ boxes: [Box], live: [Box], _ processing: BoxProcessing) -> VisionResult {
        var result = frame(boxes)
        processing.keepTracks(of: live, in: &result)
        return result
    }

    private func box(_ x: Double, track: Int? = nil, score: Double = 0.9, classIndex: Int = 0) -> Box {
        .of(x - 5, 15, x + 5, 25, score: score, classIndex: classIndex, track: track)
    }
}
