import XCTest

@testable import App

/// A finger draws the line at which things are counted.
final class LineChoiceTests: XCTestCase {
    private let line = CountLine(from: CGPoint(x: 0, y: 0), to: CGPoint(x: 1, y: 1))
    private let back = LineChoice.Source(camera: .back, angle: 90)

    /// A screen of 390 x 844 points that a picture of 720 x 1280 fills: it sticks out by 42.375 on both sides.
    func testALineLiesInThePictureWhereTheFingerWent() throws {
        let (from, to) = (CGPoint(x: 100, y: 700), CGPoint(x: 195, y: 211))
        let drawn = try XCTUnwrap(CountLine(from: from, to: to, in: mapping()))
        XCTAssertEqual(drawn.from.x, 142.375 / 474.75, accuracy: 1e-9)
        XCTAssertEqual(drawn.from.y, 700 / 844, accuracy: 1e-9)
        XCTAssertEqual(drawn.to.x, 0.5, accuracy: 1e-9)
        XCTAssertEqual(drawn.to.y, 0.25, accuracy: 1e-9)
    }

    /// Drawn upwards over the screen, its right is on the right of the screen: also where that is the picture's left.
    func testInIsTheRightOfTheFingersWayInAMirrorToo() throws {
        let (from, to) = (CGPoint(x: 195, y: 800), CGPoint(x: 195, y: 44))
        for isMirrored in [false, true] {
            let mapping = mapping(isMirrored: isMirrored)
            let drawn = try XCTUnwrap(CountLine(from: from, to: to, in: mapping))
            let counted = CountedLine(drawn, in: CGSize(width: 720, height: 1280))
            var counter = LineCounter(line: counted)
            for x in [100.0, 300] {
                let center = try XCTUnwrap(mapping.pixel(at: CGPoint(x: x, y: 400)))
                counter.look(at: [
                    Box(
                        left: center.x - 5, top: center.y - 5, right: center.x + 5, bottom: center.y + 5, score: 0.9,
                        classIndex: 0, track: 1)
                ])
            }
            XCTAssertEqual([counter.line.entered, counter.line.left], [1, 0], "mirrored: \(isMirrored)")
        }
    }

    func testAFingerThatSlipsDrawsNone() {
        let from = CGPoint(x: 100, y: 100)
        XCTAssertNil(CountLine(from: from, to: CGPoint(x: 126, y: 135), in: mapping()))
        XCTAssertNotNil(CountLine(from: from, to: CGPoint(x: 127, y: 136), in: mapping()))
        let nothing = PictureMapping(picture: .zero, view: CGSize(width: 390, height: 844), aspect: .fill)
        XCTAssertNil(CountLine(from: from, to: CGPoint(x: 300, y: 300), in: nothing))
    }

    func testItStaysAsLongAsThePictureIsTheSame() {
        let drawn = LineChoice().after(.frame(back)).after(.drawn(line))
        XCTAssertEqual(drawn.line, line)
        XCTAssertEqual(drawn.after(.frame(back)), drawn)
        let others = [
            LineChoice.Source(camera: .front, angle: 90), LineChoice.Source(camera: .back, angle: 0),
            LineChoice.Source(camera: nil, angle: 90),
        ]
        for other in others {
            XCTAssertNil(drawn.after(.frame(other)).line, "\(other)")
            XCTAssertNil(drawn.after(.frame(other)).after(.frame(back)).line, "it was another one meanwhile")
        }
        XCTAssertNil(drawn.after(.ended).line)
    }

    func testALineStaysWhileAFrameOfItsPictureIsHeld() {
        let drawn = LineChoice().after(.frame(back)).after(.drawn(line))
        XCTAssertNil(drawn.after(.shown(isHeld: false)).line)
        let held = drawn.after(.shown(isHeld: true))
        XCTAssertEqual(held.line, line)
        XCTAssertNil(held.after(.ended).line)
        let goesOn = held.after(.shown(isHeld: false))
        XCTAssertEqual(goesOn.after(.frame(back)).line, line)
        XCTAssertNil(goesOn.after(.shown(isHeld: false)).line, "something else is shown")
    }

    func testWhoCannotDrawOneTurnsIt() {
        var choice = LineChoice().after(.frame(back)).after(.turned)
        XCTAssertEqual(choice.line, CountLine(from: CGPoint(x: 0, y: 0.5), to: CGPoint(x: 1, y: 0.5)))
        for _ in 0..<3 { choice = choice.after(.turned) }
        XCTAssertEqual(choice.line, CountLine(middleOfMirrored: false))
        let front = LineChoice().after(.frame(LineChoice.Source(camera: .front, angle: 90))).after(.turned)
        XCTAssertEqual(front.line, CountLine(from: CGPoint(x: 1, y: 0.5), to: CGPoint(x: 0, y: 0.5)))
        XCTAssertEqual(LineChoice().after(.drawn(line)).after(.turned).line?.from, CGPoint(x: 1, y: 0))
    }

    @MainActor
    func testALineIsDrawnWhereThingsAreCountedAndGoesWithThem() async {
        let app = await TestApp.showingAFrame()
        app.model.moveLine(.drawn(line))
        app.model.isTracking = true
        app.model.moveLine(.drawn(line))
        XCTAssertNil(app.model.chosen.line, "nothing is counted")
        app.model.isCounting = true
        app.model.moveLine(.drawn(line))
        let isDrawn = await app.wait { app.pipeline.calls.last { $0.hasPrefix("confidence") } == "confidence 0.25 tracking counting line" }
        XCTAssertTrue(isDrawn)
        app.model.isCounting = false
        XCTAssertNil(app.model.chosen.line)
        app.model.isCounting = true
        app.model.moveLine(.turned)
        XCTAssertNotNil(app.model.chosen.line)
        app.model.isTracking = false
        XCTAssertNil(app.model.chosen.line)
    }

    @MainActor
    func testAnotherPictureHasItsLineInTheMiddle() async {
        let app = await TestApp.showingAFrame()
        (app.model.isTracking, app.model.isCounting) = (true, true)
        app.model.moveLine(.drawn(line))
        app.frame(2, time: 2)
        _ = await app.wait { app.model.results.result == TestPipeline.result(2) }
        XCTAssertEqual(app.model.chosen.line, line)
        app.frame(3, time: 3, angle: 0)
        let isTurned = await app.wait { app.model.chosen.line == nil }
        XCTAssertTrue(isTurned)
        app.model.moveLine(.drawn(line))
        await app.model.hold()
        await app.model.photoChanged()
        XCTAssertEqual(app.model.chosen.line, line, "held")
        app.model.moveLine(.turned)
        XCTAssertEqual(app.model.chosen.line, line, "what stands still counts nothing")
        app.model.photos.close()
        await app.model.photoChanged()
        XCTAssertEqual(app.model.chosen.line, line, "and goes on")
        await app.openPhoto()
        XCTAssertNil(app.model.chosen.line)
        app.model.moveLine(.drawn(line))
        XCTAssertNil(app.model.chosen.line, "nothing moves")
    }

    private func mapping(isMirrored: Bool = false) -> PictureMapping {
        PictureMapping(
            picture: CGSize(width: 720, height: 1280), isMirrored: isMirrored, view: CGSize(width: 390, height: 844),
            aspect: .fill)
    }
}
