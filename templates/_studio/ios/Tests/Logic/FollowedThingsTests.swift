import XCTest

@testable import App

/// Things that are followed from frame to frame: which of them are shown, and where they have been.
final class FollowedThingsTests: XCTestCase {
    func testTheTrailIsWhereTheCentreWas() {
        var things = FollowedThings()
        var last: [Box] = []
        for frame in 0..<45 { last = things.shown([box(1, at: frame), box(2, at: 100 - frame)], confidence: 0.25) }
        XCTAssertEqual(last.map(\.trail.count), [30, 30])
        XCTAssertEqual(last[0].trail.first, CGPoint(x: 16, y: 25), "of the last thirty frames")
        XCTAssertEqual(last[0].trail.last, last[0].center)
        XCTAssertEqual(last[1].trail.last, CGPoint(x: 57, y: 66))
    }

    func testAThingIsShownFromASureFrameOn() {
        var things = FollowedThings()
        XCTAssertEqual(things.shown([box(1, at: 0, score: 0.3)], confidence: 0.5), [])
        XCTAssertEqual(things.shown([box(1, at: 1, score: 0.5)], confidence: 0.5).map(\.trail.count), [2])
        XCTAssertEqual(things.shown([box(1, at: 2, score: 0.11)], confidence: 0.5).count, 1, "it is still followed")
    }

    func testASliderThatMovesAsksAnew() {
        var things = FollowedThings()
        XCTAssertEqual(things.shown([box(1, at: 0, score: 0.3)], confidence: 0.25).count, 1)
        XCTAssertEqual(things.shown([box(1, at: 1, score: 0.3)], confidence: 0.5), [])
        XCTAssertEqual(things.shown([box(1, at: 2, score: 0.3)], confidence: 0.3).map(\.trail.count), [3])
    }

    func testWhatIsHiddenForALongTimeIsForgotten() {
        var things = FollowedThings()
        _ = things.shown([box(1, at: 0)], confidence: 0.25)
        for _ in 0..<FollowedThings.patience - 1 { _ = things.shown([], confidence: 0.25) }
        XCTAssertEqual(things.shown([box(1, at: 9)], confidence: 0.25).map(\.trail.count), [2])
        for _ in 0..<FollowedThings.patience + 1 { _ = things.shown([], confidence: 0.25) }
        XCTAssertEqual(things.shown([box(1, at: 9)], confidence: 0.25).map(\.trail.count), [1])
    }

    func testWhatNobodyFollowsIsLeftAsItIs() {
        var things = FollowedThings()
        let box = Box(left: 0, top: 0, right: 2, bottom: 2, score: 0.1, classIndex: 0)
        XCTAssertEqual(things.shown([box], confidence: 0.25), [box])
    }

    func testAColourIsTheThingsInAllFrames() {
        var one = box(3, at: 0)
        XCTAssertEqual(one.color, ClassColor(classIndex: 3))
        one.classIndex = 5
        XCTAssertEqual(one.color, ClassColor(classIndex: 3))
        one.track = nil
        XCTAssertEqual(one.color, ClassColor(classIndex: 5))
    }

    @MainActor
    func testNothingIsFollowedUntilSomebodyWantsIt() async {
        let app = TestApp()
        _ = await app.isReady()
        let isPlain = await app.wait { app.pipeline.count("confidence 0.25") == 1 }
        XCTAssertTrue(isPlain)
        app.model.isTracking = true
        let isTracking = await app.wait { app.pipeline.count("confidence 0.25 tracking") == 1 }
        XCTAssertTrue(isTracking)
        app.model.isSmooth = true
        let isSmooth = await app.wait { app.pipeline.count("confidence 0.25 tracking smooth") == 1 }
        XCTAssertTrue(isSmooth)
        app.model.isTracking.toggle()
        XCTAssertFalse(app.model.isSmooth, "nothing is followed")
        let isPlainAgain = await app.wait { app.pipeline.count("confidence 0.25") == 2 }
        XCTAssertTrue(isPlainAgain)
    }

    private func box(_ number: Int, at place: Int, score: Double = 0.9) -> Box {
        let place = Double(place)
        return Box(
            left: place, top: place, right: place + 2, bottom: place + 20, score: score, classIndex: 0, track: number)
    }
}
