import XCTest

@testable import App

final class RotatedBoxLayerTests: XCTestCase {
    private let size = CGSize(width: 200, height: 100)
    private let diamond = [(50.0, 80.0), (20, 50), (50, 20), (80, 50)].map { CGPoint(x: $0.0, y: $0.1) }

    func testTheCornersLieWhereTheViewShowsThem() {
        let view = PictureMapping(picture: size, view: CGSize(width: 400, height: 200), aspect: .fit)
        let places = diamond.map { CGPoint(x: 2 * $0.x, y: 2 * $0.y) }
        XCTAssertEqual(
            RotatedBoxLayer().marks(for: result([box(diamond, classIndex: 3)]), in: view),
            [.path(places, isClosed: true, ClassColor(classIndex: 3))])
    }

    func testWhatIsSeenAtTheLowerConfidenceAloneIsDashed() {
        let view = PictureMapping(picture: size, view: size, aspect: .fit)
        var seen = result([box(diamond, classIndex: 3)])
        seen.comparison = Comparison(wanted: 0.25, other: 0.95)
        let marks = RotatedBoxLayer().marks(for: seen, in: view)
        XCTAssertEqual(marks, Mark.dashes(around: diamond, ClassColor(classIndex: 3)))
    }

    func testTheBestLiesOnTop() {
        let view = PictureMapping(picture: size, view: size, aspect: .fit)
        let marks = RotatedBoxLayer().marks(
            for: result([box(diamond, classIndex: 0), box(diamond, classIndex: 1)]), in: view)
        XCTAssertEqual(marks.last, .path(diamond, isClosed: true, ClassColor(classIndex: 0)))
    }

    func testWhatCannotBeSeenIsNotDrawn() {
        let view = PictureMapping(picture: size, view: CGSize(width: 20, height: 100), aspect: .fill)
        XCTAssertEqual(RotatedBoxLayer().marks(for: result([box(diamond, classIndex: 0)]), in: view), [])
    }

    func testTheLabelLiesAtTheUppermostCornerOfTheView() {
        let upright = PictureMapping(picture: size, view: size, aspect: .fit)
        XCTAssertEqual(RotatedBoxLayer.uppermost(of: box(diamond, classIndex: 0), in: upright), CGPoint(x: 50, y: 20))
        let turned = PictureMapping(
            picture: size, quarterTurns: 1, view: CGSize(width: 100, height: 200), aspect: .fit)
        XCTAssertEqual(RotatedBoxLayer.uppermost(of: box(diamond, classIndex: 0), in: turned), CGPoint(x: 50, y: 20))
        let square = [(80.0, 80.0), (20, 80), (20, 20), (80, 20)].map { CGPoint(x: $0.0, y: $0.1) }
        XCTAssertEqual(RotatedBoxLayer.uppermost(of: box(square, classIndex: 0), in: upright), CGPoint(x: 20, y: 20))
    }

    func testTheAppDrawsNoUprightBoxes() {
        let model = Model.of(["ship"])
        let texts = LabelTexts(names: model.classNames) { Double(10 * $0.count) }
        let style = LabelStyle(lineHeight: 8, margin: 1)
        let view = PictureMapping(picture: size, view: size, aspect: .fit)
        let marks = Drawing(of: model, texts: texts, style: style).marks(
            for: result([box(diamond, classIndex: 0)]), in: view)
        XCTAssertEqual(marks.count, 2)
        XCTAssertEqual(marks[0], .path(diamond, isClosed: true, ClassColor(classIndex: 0)))
        let plate = CGRect(x: 50, y: 10, width: 92, height: 10)
        XCTAssertEqual(marks[1], .label(plate, "ship 0.90", ClassColor(classIndex: 0)))
    }

    private func result(_ boxes: [Box]) -> PictureResult {
        PictureResult(boxes: boxes, size: size, times: StageTimes(letterbox: 0, model: 0, boxes: 0))
    }

    private func box(_ corners: [CGPoint], classIndex: Int) -> Box {
        Box(left: 20, top: 20, right: 80, bottom: 80, score: 0.9, classIndex: classIndex, corners: corners)
    }
}
