import XCTest

@testable import App

final class DepthLayersTests: XCTestCase {
    private let style = LabelStyle(lineHeight: 20, margin: 2)
    private let size = CGSize(width: 400, height: 300)
    private let texts = LabelTexts(names: []) { Double(10 * $0.count) }

    func testTheScaleSaysWhatItsEndsAre() {
        let marks = DepthScaleLayer(texts: texts, style: style).marks(for: result(), in: mapping())
        XCTAssertEqual(labels(marks).map(\.0), ["9.00", "0.00"])
        guard case .painting(DepthColors.scale, let placement) = marks[1] else { return XCTFail("no scale") }
        XCTAssertEqual(placement.topLeft, CGPoint(x: 376, y: 75))
        XCTAssertEqual(placement.topRight, CGPoint(x: 396, y: 75))
        XCTAssertEqual(placement.bottomLeft, CGPoint(x: 376, y: 225))
        let places = labels(marks).map(\.1)
        XCTAssertLessThanOrEqual(places[0].maxY, 75)
        XCTAssertGreaterThanOrEqual(places[1].minY, 225)
        XCTAssertEqual(places.map(\.maxX), [396, 396])
    }

    func testWithoutADistanceThereIsNoScale() {
        var result = result()
        (result.depthMap.lowest, result.depthMap.highest) = (.nan, .nan)
        XCTAssertEqual(DepthScaleLayer(texts: texts, style: style).marks(for: result, in: mapping()), [])
    }

    /// However the picture is turned: it belongs to the screen.
    func testTheScaleIsNotTurnedWithThePicture() {
        let view = CGSize(width: 300, height: 400)
        let turned = PictureMapping(picture: size, quarterTurns: 1, isMirrored: true, view: view, aspect: .fit)
        let marks = DepthScaleLayer(texts: texts, style: style).marks(for: result(), in: turned)
        guard case .painting(_, let placement) = marks[1] else { return XCTFail("no scale") }
        XCTAssertEqual(placement.topLeft, CGPoint(x: 276, y: 100))
        XCTAssertEqual(placement.bottomLeft, CGPoint(x: 276, y: 300))
    }

    func testTheTouchedPlaceHasItsDistance() {
        let marks = probed(CGPoint(x: 3.5, y: 0.5))
        XCTAssertEqual(marks.first, .dot(CGPoint(x: 3.5, y: 0.5), ClassColor(rgb: 0xFFFFFF)))
        XCTAssertEqual(labels(marks).map(\.0), ["3.00"])
        // At the upper left corner there is room only below, and to the right.
        XCTAssertEqual(labels(marks).map(\.1), [CGRect(x: 0, y: 8.5, width: 44, height: 24)])
        XCTAssertEqual(probed(CGPoint(x: 3.5, y: 2)), [], "the map is one row high")
        XCTAssertEqual(probed(nil), [])
    }

    func testInTheMiddleTheDistanceStandsAboveThePlace() {
        var result = result()
        result.depthMap = DepthMap(
            width: 400, height: 300, values: Data(count: 4 * 400 * 300), lowest: 0, highest: 0)
        result.probe = CGPoint(x: 200, y: 150)
        let marks = ProbeLayer(texts: texts, style: style).marks(for: result, in: mapping())
        XCTAssertEqual(labels(marks).map(\.1), [CGRect(x: 178, y: 118, width: 44, height: 24)])
    }

    func testNumbersStayClearOfControls() {
        let covered = mapping(covered: Margins(top: 100, right: 50, bottom: 40))
        let marks = DepthScaleLayer(texts: texts, style: style).marks(for: result(), in: covered)
        XCTAssertEqual(labels(marks).map(\.1.maxX), [346, 346])
        guard case .painting(_, let placement) = marks[1] else { return XCTFail("no scale") }
        XCTAssertEqual([placement.topLeft.y, placement.bottomLeft.y], [140, 220])
        var result = result()
        result.probe = CGPoint(x: 3.5, y: 0.5)
        let probe = ProbeLayer(texts: texts, style: style).marks(for: result, in: covered)
        XCTAssertEqual(labels(probe).map(\.1), [CGRect(x: 0, y: 100, width: 44, height: 24)])
    }

    func testTheLayersAndTheirOrder() {
        let model = Model.of([])
        let layers = Drawing(of: model, texts: texts, style: style).layers
        XCTAssertEqual(layers.count, 3)
        XCTAssertTrue(layers[0] is PaintingLayer)
        XCTAssertTrue(layers[1] is DepthScaleLayer)
        XCTAssertTrue(layers[2] is ProbeLayer)
    }

    private func probed(_ place: CGPoint?) -> [Mark] {
        var result = result()
        result.probe = place
        return ProbeLayer(texts: texts, style: style).marks(for: result, in: mapping())
    }

    /// Ten distances in a row.
    private func result() -> PictureResult {
        let map = TestPipeline.result(10).depthMap
        return PictureResult(depthMap: map, size: size, times: StageTimes(letterbox: 0, model: 0, boxes: 0))
    }

    private func mapping(covered: Margins = Margins()) -> PictureMapping {
        PictureMapping(picture: size, view: size, aspect: .fit, covered: covered)
    }

    private func labels(_ marks: [Mark]) -> [(String, CGRect)] {
        marks.compactMap { if case .label(let rect, let text, _) = $0 { (text, rect) } else { nil } }
    }
}
