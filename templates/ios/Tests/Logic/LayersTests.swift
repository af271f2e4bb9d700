import XCTest

@testable import App

final class LayersTests: XCTestCase {
    private let style = LabelStyle(lineHeight: 16, margin: 2)

    func testTheBestLiesOnTop() {
        let drawn = drawn([box(0, 40, classIndex: 0, score: 0.9), box(200, 40, classIndex: 1, score: 0.5)])
        XCTAssertEqual(drawn.outlines.map(\.rect.minX), [200, 0])
        XCTAssertEqual(drawn.labels.map(\.text), ["broccoli 0.50", "bowl 0.90"])
        XCTAssertEqual(drawn.outlines.last?.color, ClassColor(classIndex: 0))
        XCTAssertEqual(drawn.labels.last?.color, ClassColor(classIndex: 0))
    }

    func testALabelIsAsLargeAsItsTextWithAMargin() {
        let label = drawn([box(10, 40, classIndex: 0, score: 0.9)]).labels[0]
        XCTAssertEqual(label.rect, CGRect(x: 10, y: 20, width: 90 + 4, height: 20))
    }

    func testALabelStaysBetweenTheEdges() {
        XCTAssertEqual(drawn([box(390, 40, classIndex: 0, score: 0.9)]).labels[0].rect.maxX, 400)
        // Wider than the picture, it is cut to fit; a letter more would fit without the margins.
        let narrow = drawn([box(0, 40, classIndex: 1, score: 0.9)], view: CGSize(width: 102, height: 400)).labels[0]
        XCTAssertEqual(narrow.text, "bro… 0.90")
        XCTAssertEqual(narrow.rect.minX, 0)
        XCTAssertEqual(narrow.rect.maxX, 94)
    }

    func testWhatCannotBeSeenIsNotDrawn() {
        let view = CGSize(width: 100, height: 400)
        let seen = drawn([box(190, 40, classIndex: 0, score: 0.9)], view: view, aspect: .fill)
        XCTAssertEqual(seen.outlines.count, 1)
        let unseen = drawn([box(0, 40, classIndex: 0, score: 0.9)], view: view, aspect: .fill)
        XCTAssertTrue(unseen.outlines.isEmpty)
        XCTAssertTrue(unseen.labels.isEmpty)
    }

    func testWithoutAPictureThereIsNothing() {
        XCTAssertEqual(drawn([box(0, 40, classIndex: 0, score: 0.9)], view: .zero).outlines.count, 0)
    }

    func testOnlyInACrowdLabelsAreLeftOut() {
        func labels(_ count: Int) -> Int {
            drawn(Array(repeating: box(0, 200, classIndex: 0, score: 0.9), count: count)).labels.count
        }
        XCTAssertEqual(labels(Appearance.manyLabels), Appearance.manyLabels)
        XCTAssertEqual(labels(Appearance.manyLabels + 1), 1 + 2 * Appearance.labelLinesAway)
    }

    func testLayersLieOnEachOtherInTheirOrder() {
        struct Dots: Layer {
            let color: ClassColor
            func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
                result.boxes.map { .outline(CGRect(origin: mapping.point(of: CGPoint(x: $0.left, y: $0.top)), size: .zero), color) }
            }
        }
        let (first, second) = (ClassColor(classIndex: 3), ClassColor(classIndex: 4))
        let drawing = Drawing(layers: [Dots(color: first), Dots(color: second)])
        let size = CGSize(width: 10, height: 10)
        let result = PictureResult(
            boxes: [box(1, 2, classIndex: 0, score: 0.9)], size: size, times: StageTimes(letterbox: 0, model: 0, boxes: 0))
        let mapping = PictureMapping(picture: size, view: CGSize(width: 20, height: 20), aspect: .fit)
        let place = CGRect(x: 2, y: 4, width: 0, height: 0)
        XCTAssertEqual(drawing.marks(for: result, in: mapping), [.outline(place, first), .outline(place, second)])
    }

    private struct Drawn {
        var outlines: [(rect: CGRect, color: ClassColor)] = []
        var labels: [(rect: CGRect, text: String, color: ClassColor)] = []
    }

    private func drawn(
        _ boxes: [Box], view: CGSize = CGSize(width: 400, height: 400), aspect: Aspect = .fit
    ) -> Drawn {
        // A pixel is a point: the picture is as high as the views here, and as wide where it is fitted in.
        let picture = CGSize(width: aspect == .fit && view.width > 0 ? view.width : 400, height: 400)
        let mapping = PictureMapping(picture: picture, view: view, aspect: aspect)
        let texts = LabelTexts(names: ["bowl", "broccoli"]) { Double(10 * $0.count) }
        let result = PictureResult(boxes: boxes, size: picture, times: StageTimes(letterbox: 0, model: 0, boxes: 0))
        var drawn = Drawn()
        for mark in Drawing(texts: texts, style: style).marks(for: result, in: mapping) {
            switch mark {
            case .outline(let rect, let color):
                XCTAssertTrue(drawn.labels.isEmpty, "labels lie on all boxes")
                drawn.outlines.append((rect, color))
            case .label(let rect, let text, let color): drawn.labels.append((rect, text, color))
            }
        }
        return drawn
    }

    private func box(_ left: Double, _ top: Double, classIndex: Int, score: Double) -> Box {
        Box(left: left, top: top, right: left + 10, bottom: top + 10, score: score, classIndex: classIndex)
    }
}
