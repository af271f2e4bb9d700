import XCTest

@testable import App

final class DepthMapTests: XCTestCase {
    private let style = LabelStyle(lineHeight: 20, margin: 2)
    private let size = CGSize(width: 400, height: 300)
    private let texts = LabelTexts { Double(10 * $0.count) }

    func testScaleHasItsDepths() {
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

    func testWithoutADepthThereIsNoScale() {
        var result = result()
        (result.nearest, result.farthest) = (.nan, .nan)
        XCTAssertEqual(DepthScaleLayer(texts: texts, style: style).marks(for: result, in: mapping()), [])
    }

    func testTouchedPlaceHasItsDepth() {
        let marks = probed(CGPoint(x: 3.5, y: 0.5))
        XCTAssertEqual(marks.first, .dot(CGPoint(x: 3.5, y: 0.5), .white))
        XCTAssertEqual(labels(marks).map(\.0), ["3.00"])
        // There is no room above.
        XCTAssertEqual(labels(marks).map(\.1), [CGRect(x: 0, y: 8.5, width: 44, height: 24)])
        XCTAssertEqual(probed(CGPoint(x: 3.5, y: 2)), [], "the map is one row high")
        XCTAssertEqual(probed(nil), [])
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

    func testDepthOfAPixel() {
        let values: [Float] = [1, 2, 3, 4, .infinity, .nan]
        let map = DepthMap(width: 3, height: 2, values: values.withUnsafeBytes { Data($0) })
        XCTAssertEqual(map.value(at: CGPoint(x: 0, y: 0)), 1)
        XCTAssertEqual(map.value(at: CGPoint(x: 2.99, y: 0.99)), 3)
        XCTAssertEqual(map.value(at: CGPoint(x: 0.5, y: 1)), 4)
        for (x, y) in [(1.5, 1.5), (2.5, 1.5), (-0.1, 0), (3, 0), (0, -0.1), (0, 2)] {
            XCTAssertNil(map.value(at: CGPoint(x: x, y: y)), "\(x), \(y)")
        }
    }

    func testTruncatedMapHasNoDepthAtItsEnd() {
        let map = DepthMap(width: 3, height: 2, values: Data(count: 11))
        XCTAssertEqual(map.value(at: CGPoint(x: 1, y: 0)), 0)
        XCTAssertNil(map.value(at: CGPoint(x: 2, y: 0)))
    }

    func testColoursGetBrighter() {
        let colors = [UInt8](DepthColors.table)
        XCTAssertEqual(colors.count, 4 * 256)
        XCTAssertEqual(Array(colors[..<4]), [0x44, 0x01, 0x54, 255])
        XCTAssertEqual(Array(colors[(4 * 8)..<(4 * 8 + 4)]), [0x47, 0x0D, 0x60, 255])
        XCTAssertEqual(Array(colors[(4 * 255)...]), [0xFD, 0xE7, 0x25, 255])
        let brightness = (0..<256).map { Int(colors[4 * $0]) + 2 * Int(colors[4 * $0 + 1]) }
        XCTAssertLessThan(brightness[0], brightness[128])
        XCTAssertLessThan(brightness[128], brightness[255])
        XCTAssertEqual([UInt8](DepthColors.scale.rgba.prefix(4)), [0xFD, 0xE7, 0x25, 255])
        XCTAssertEqual(DepthColors.scale.rgba.count, 4 * 256)
    }

    private func probed(_ place: CGPoint?) -> [Mark] {
        var result = result()
        result.probe = place
        return ProbeLayer(texts: texts, style: style).marks(for: result, in: mapping())
    }

    /// Ten depths in a row.
    private func result() -> VisionResult {
        FakePipeline.result(map: FakePipeline.result(10).map, nearest: 0, farthest: 9, size: size)
    }

    private func mapping(covered: Margins = Margins()) -> PictureMapping {
        PictureMapping(picture: size, view: size, aspect: .fit, covered: covered)
    }

    private func labels(_ marks: [Mark]) -> [(String, CGRect)] {
        marks.compactMap { if case .label(let rect, let text, _) = $0 { (text, rect) } else { nil } }
    }
}
