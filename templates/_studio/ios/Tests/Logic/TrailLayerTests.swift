import XCTest

@testable import App

final class TrailLayerTests: XCTestCase {
    private let mapping = PictureMapping(
        picture: CGSize(width: 100, height: 50), isMirrored: true, view: CGSize(width: 200, height: 100), aspect: .fit)

    func testATrailIsALineInTheThingsColour() {
        let trail = [CGPoint(x: 10, y: 10), CGPoint(x: 20, y: 30)]
        XCTAssertEqual(
            TrailLayer().marks(for: result([box(7, trail)]), in: mapping),
            [
                .path(
                    [CGPoint(x: 180, y: 20), CGPoint(x: 160, y: 60)], isClosed: false, ClassColor(classIndex: 7))
            ])
    }

    func testTheFirstThingLiesOnTop() {
        let trail = [CGPoint(x: 10, y: 10), CGPoint(x: 20, y: 30)]
        let marks = TrailLayer().marks(for: result([box(1, trail), box(2, trail)]), in: mapping)
        XCTAssertEqual(marks.count, 2)
        guard case .path(_, _, let color) = marks[1] else { return XCTFail("no line") }
        XCTAssertEqual(color, ClassColor(classIndex: 1))
    }

    func testWhatDidNotMoveYetHasNone() {
        XCTAssertEqual(
            TrailLayer().marks(for: result([box(1, []), box(2, [CGPoint(x: 1, y: 1)])]), in: mapping), [])
    }

    private func box(_ number: Int, _ trail: [CGPoint]) -> Box {
        var box = Box(left: 0, top: 0, right: 9, bottom: 9, score: 0.9, classIndex: 0, track: number)
        box.trail = trail
        return box
    }

    private func result(_ boxes: [Box]) -> PictureResult {
        var result = TestPipeline.result(0)
        result.boxes = boxes
        return result
    }
}
