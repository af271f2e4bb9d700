import XCTest

@testable import App

final class OverlayLayoutTests: XCTestCase {
    private let style = OverlayLayout.Style(lineHeight: 16, margin: 2)

    func testTheBestLiesOnTop() {
        let layout = layout([box(0, 40, classIndex: 0, score: 0.9), box(200, 40, classIndex: 1, score: 0.5)])
        XCTAssertEqual(layout.outlines.map(\.rect.minX), [200, 0])
        XCTAssertEqual(layout.labels.map(\.text), ["broccoli 0.50", "bowl 0.90"])
        XCTAssertEqual(layout.outlines.last?.color, ClassColor(classIndex: 0))
        XCTAssertEqual(layout.labels.last?.color, ClassColor(classIndex: 0))
    }

    func testALabelIsAsLargeAsItsTextWithAMargin() {
        let label = layout([box(10, 40, classIndex: 0, score: 0.9)]).labels[0]
        XCTAssertEqual(label.rect, CGRect(x: 10, y: 20, width: 90 + 4, height: 20))
    }

    func testALabelStaysBetweenTheEdges() {
        XCTAssertEqual(layout([box(390, 40, classIndex: 0, score: 0.9)]).labels[0].rect.maxX, 400)
        // Wider than the picture, it is cut to fit; a letter more would fit without the margins.
        let narrow = layout([box(0, 40, classIndex: 1, score: 0.9)], view: CGSize(width: 102, height: 400)).labels[0]
        XCTAssertEqual(narrow.text, "bro… 0.90")
        XCTAssertEqual(narrow.rect.minX, 0)
        XCTAssertEqual(narrow.rect.maxX, 94)
    }

    func testWhatCannotBeSeenIsNotDrawn() {
        let view = CGSize(width: 100, height: 400)
        let seen = layout([box(190, 40, classIndex: 0, score: 0.9)], view: view, aspect: .fill)
        XCTAssertEqual(seen.outlines.count, 1)
        let unseen = layout([box(0, 40, classIndex: 0, score: 0.9)], view: view, aspect: .fill)
        XCTAssertEqual(unseen.outlines, [])
        XCTAssertEqual(unseen.labels, [])
    }

    func testWithoutAPictureThereIsNothing() {
        XCTAssertEqual(layout([box(0, 40, classIndex: 0, score: 0.9)], view: .zero).outlines, [])
    }

    func testOnlyInACrowdLabelsAreLeftOut() {
        func labels(_ count: Int) -> Int {
            layout(Array(repeating: box(0, 200, classIndex: 0, score: 0.9), count: count)).labels.count
        }
        XCTAssertEqual(labels(Appearance.manyLabels), Appearance.manyLabels)
        XCTAssertEqual(labels(Appearance.manyLabels + 1), 1 + 2 * Appearance.labelLinesAway)
    }

    private func layout(
        _ boxes: [Box], view: CGSize = CGSize(width: 400, height: 400), aspect: Aspect = .fit
    ) -> OverlayLayout {
        // A pixel is a point: the picture is as high as the views here, and as wide where it is fitted in.
        let picture = CGSize(width: aspect == .fit && view.width > 0 ? view.width : 400, height: 400)
        let mapping = PictureMapping(picture: picture, view: view, aspect: aspect)
        let texts = LabelTexts(names: ["bowl", "broccoli"]) { Double(10 * $0.count) }
        return OverlayLayout(boxes: boxes, mapping: mapping, texts: texts, style: style)
    }

    private func box(_ left: Double, _ top: Double, classIndex: Int, score: Double) -> Box {
        Box(left: left, top: top, right: left + 10, bottom: top + 10, score: score, classIndex: classIndex)
    }
}
