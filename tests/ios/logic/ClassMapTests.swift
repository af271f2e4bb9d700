import XCTest

@testable import App

final class ClassMapTests: XCTestCase {
    private let style = LabelStyle(lineHeight: 20, margin: 2)
    private let size = CGSize(width: 400, height: 300)

    func testLegendHasColoursAndShares() {
        let marks = marks([share(1, 0.75), share(0, 0.004)])
        XCTAssertEqual(texts(marks).map(\.0), ["road 75 %", "sky <1 %"])
        XCTAssertEqual(squares(marks).map(\.1), [ClassColor(classIndex: 1), ClassColor(classIndex: 0)])
        // In the lower left corner: two lines of 22 points and a margin above and below, as wide as "road 75 %"
        guard case .plate(let plate, _, LegendLayer.plateOpacity) = marks[0] else { return XCTFail("no plate") }
        XCTAssertEqual(plate, CGRect(x: 0, y: 300 - 48, width: 18 + 90 + 12, height: 48))
        XCTAssertEqual(squares(marks).map(\.0), [
            CGRect(x: 4, y: 256, width: 18, height: 18), CGRect(x: 4, y: 278, width: 18, height: 18),
        ])
        XCTAssertEqual(texts(marks).map(\.1), [CGPoint(x: 26, y: 255), CGPoint(x: 26, y: 277)])
    }

    func testOnlyLinesWithRoomAreShown() {
        let shares = (0..<40).map { _ in share(0, 0.025) }
        XCTAssertEqual(texts(marks(shares, view: CGSize(width: 400, height: 900))).count, LegendLayer.maxLines)
        XCTAssertEqual(texts(marks(shares)).count, 6, "lines of 22 points in half of the picture")
        XCTAssertEqual(texts(marks(shares, view: CGSize(width: 400, height: 50))).count, 1)
        XCTAssertEqual(texts(marks(shares, view: CGSize(width: 400, height: 26))).count, 1)
        XCTAssertEqual(marks(shares, view: CGSize(width: 400, height: 5)), [])
        XCTAssertEqual(marks([]), [])
    }

    func testLegendIsAboveTheControls() {
        let marks = marks([share(1, 0.75)], covered: Margins(left: 30, bottom: 100))
        guard case .plate(let plate, _, _) = marks[0] else { return XCTFail("no plate") }
        XCTAssertEqual([plate.minX, plate.maxY], [30, 200])
    }

    func testLongNameIsCut() {
        let marks = marks([share(1, 0.75)], view: CGSize(width: 110, height: 300))
        XCTAssertEqual(texts(marks).map(\.0), ["ro… 75 %"])
    }

    private let labels = LabelTexts { Double(10 * $0.count) }

    private func share(_ classIndex: Int, _ share: Double) -> ClassShare {
        ClassShare(classIndex: classIndex, className: ["sky", "road"][classIndex], share: share)
    }

    private func marks(
        _ shares: [ClassShare], view: CGSize? = nil, lineHeight: Double = 20, covered: Margins = Margins()
    ) -> [Mark] {
        let picture = view ?? size
        let map = ClassMap(width: 1, height: 1, classes: Data(count: 1))
        let result = FakePipeline.result(map: map, shares: shares, size: picture)
        let mapping = PictureMapping(picture: picture, view: picture, aspect: .fit, covered: covered)
        let style = LabelStyle(lineHeight: lineHeight, margin: 2)
        return LegendLayer(texts: labels, style: style).marks(for: result, in: mapping)
    }

    private func texts(_ marks: [Mark]) -> [(String, CGPoint)] {
        marks.compactMap { if case .text(let text, let point, _, _) = $0 { (text, point) } else { nil } }
    }

    private func squares(_ marks: [Mark]) -> [(CGRect, ClassColor)] {
        marks.compactMap { if case .plate(let rect, let color, 1) = $0 { (rect, color) } else { nil } }
    }
}
