import XCTest

@testable import App

final class CountingTests: XCTestCase {
    private let size = CGSize(width: 100, height: 50)
    private var middle: CountedLine { CountedLine(CountLine(middleOfMirrored: false), in: size) }

    func testRightIsInAndLeftIsOut() {
        XCTAssertEqual(counts([40, 60]), [1, 0])
        XCTAssertEqual(counts([60, 40]), [0, 1])
        XCTAssertEqual(counts([40, 49, 51, 60, 45, 55]), [2, 1])
        XCTAssertEqual(counts([40, 60], CountedLine(from: middle.to, to: middle.from)), [0, 1])
        XCTAssertEqual(counts([40, 60], CountedLine(from: CGPoint(x: 50, y: 50), to: CGPoint(x: 50, y: 30))), [0, 0], "beyond it")
    }

    func testTremblingOnTheLineIsNotCounted() {
        XCTAssertEqual(counts([40, 50.2, 49.8, 50.4, 49.6, 50.2]), [0, 0])
        XCTAssertEqual(counts([40, 50.2, 49.8, 50.4, 49.6, 50.6]), [1, 0], "a twentieth of the box is 0.5")
    }

    func testHiddenObjectIsCountedWhenItReappears() {
        for (frames, count) in [(Tracks.patience - 1, 1), (Tracks.patience + 1, 0)] {
            var counter = LineCounter(line: middle)
            counter.count([box(40)])
            for _ in 0..<frames { counter.count([]) }
            counter.count([box(60)])
            XCTAssertEqual(counter.line.inCount, count)
        }
    }

    func testMirroredCameraCountsByTheScreen() {
        for (camera, expected) in [(CameraPosition.back, [1, 0]), (.front, [0, 1])] {
            var counting = started(camera)
            _ = look(&counting, 40)
            XCTAssertEqual(look(&counting, 60), expected)
        }
    }

    func testCountsStayForTheSameCameraAndEndWithIt() {
        var counting = started(.back)
        _ = look(&counting, 40)
        XCTAssertEqual(look(&counting, 60), [1, 0])
        counting.start(.back)
        XCTAssertEqual(look(&counting, 40), [1, 0], "new track IDs, after a photo")
        XCTAssertEqual(look(&counting, 10, in: CGSize(width: 50, height: 100)), [1, 0], "the phone was turned")
        counting.start(.front)
        XCTAssertEqual(look(&counting, 40), [0, 0])
        counting.isOn = false
        XCTAssertNil(look(&counting, 60))
    }

    func testAnotherLineAndAnotherVideoCountFromZero() {
        var counting = started(nil)
        _ = look(&counting, 40)
        XCTAssertEqual(look(&counting, 60), [1, 0])
        counting.line = CountLine(from: CGPoint(x: 0.8, y: 1), to: CGPoint(x: 0.8, y: 0))
        XCTAssertEqual(look(&counting, 60), [0, 0])
        XCTAssertEqual(look(&counting, 90), [1, 0])
        counting.forget()
        XCTAssertEqual(look(&counting, 60), [0, 0])
    }

    func testZoomIsNotCounted() {
        var counting = started(.back)
        _ = look(&counting, 40)
        counting.zoom = 2
        for x in [60.0, 40, 60, 40, 60] { XCTAssertEqual(look(&counting, x), [0, 0]) }
        XCTAssertEqual(look(&counting, 40), [0, 1])
    }

    func testLineIsWhereTheFingerDrew() throws {
        // 720 x 1280 pixels fill 390 x 844 points: the picture is 474.75 points wide.
        for isMirrored in [false, true] {
            let mapping = PictureMapping(
                picture: CGSize(width: 720, height: 1280), isMirrored: isMirrored, view: CGSize(width: 390, height: 844),
                aspect: .fill)
            let line = try XCTUnwrap(CountLine(from: CGPoint(x: 195, y: 800), to: CGPoint(x: 195, y: 211), in: mapping))
            XCTAssertEqual(isMirrored ? line.from.y : line.to.y, 0.25, accuracy: 1e-9)
            var counter = LineCounter(line: CountedLine(line, in: CGSize(width: 720, height: 1280)))
            for x in [100.0, 300] {
                let center = try XCTUnwrap(mapping.pixel(at: CGPoint(x: x, y: 400)))
                counter.count([box(center.x, y: center.y)])
            }
            XCTAssertEqual(counter.line.inCount, 1, "to the right of the screen")
            XCTAssertNil(CountLine(from: .zero, to: CGPoint(x: 26, y: 35), in: mapping), "too short")
        }
    }

    func testLineBelongsToItsPicture() {
        let back = LineChoice.Source(camera: .back, angle: 90)
        var choice = LineChoice()
        choice.frame(of: back)
        choice.turn()
        XCTAssertEqual(choice.line, CountLine(from: CGPoint(x: 0, y: 0.5), to: CGPoint(x: 1, y: 0.5)))
        for _ in 0..<3 { choice.turn() }
        XCTAssertEqual(choice.line, CountLine(middleOfMirrored: false))
        choice.sourceChanged(isFrozen: true)
        choice.sourceChanged(isFrozen: false)
        choice.frame(of: back)
        XCTAssertNotNil(choice.line)
        choice.frame(of: LineChoice.Source(camera: .back, angle: 0))
        XCTAssertNil(choice.line)
    }

    func testCountsAreDrawnOnTheirSides() {
        var result = FakePipeline.result([], size: size)
        var line = middle
        (line.inCount, line.outCount) = (3, 12)
        result.line = line
        let layer = LineLayer(
            texts: LabelTexts { Double($0.count) }, style: LabelStyle(lineHeight: 10, margin: 1))
        let mapping = PictureMapping(picture: size, view: CGSize(width: 200, height: 100), aspect: .fit)
        XCTAssertEqual(
            layer.marks(for: result, in: mapping),
            [
                .path([CGPoint(x: 100, y: 100), CGPoint(x: 100, y: 0)], isClosed: false, .white),
                .label(CGRect(x: 105, y: 44, width: 3, height: 12), "3", .black),
                .label(CGRect(x: 91, y: 44, width: 4, height: 12), "12", .black),
            ])
        XCTAssertEqual(Summary.text(result, isLive: true), "Nothing found, 3 in, 12 out")
    }

    private func counts(_ places: [Double], _ line: CountedLine? = nil) -> [Int] {
        var counter = LineCounter(line: line ?? middle)
        for place in places { counter.count([box(place)]) }
        return [counter.line.inCount, counter.line.outCount]
    }

    private func started(_ camera: CameraPosition?) -> Counting {
        var counting = Counting()
        counting.isOn = true
        counting.start(camera)
        return counting
    }

    /// The counts after a frame with object 1.
    private func look(_ counting: inout Counting, _ x: Double, in size: CGSize = CGSize(width: 100, height: 50)) -> [Int]? {
        var result = FakePipeline.result([box(x)], size: size)
        counting.process(&result)
        return result.line.map { [$0.inCount, $0.outCount] }
    }

    private func box(_ x: Double, y: Double = 20) -> Box {
        .of(x - 5, y - 5, x + 5, y + 5, score: 0.9, track: 1)
    }
}
