import XCTest

@testable import App

final class LabelLayerTests: XCTestCase {
    private let style = LabelStyle(lineHeight: 16, margin: 2)

    func testTheBestLiesOnTop() {
        let labels = labels([box(0, 40, classIndex: 0, score: 0.9), box(200, 40, classIndex: 1, score: 0.5)])
        XCTAssertEqual(labels.map(\.text), ["broccoli 0.50", "bowl 0.90"])
        XCTAssertEqual(labels.last?.color, ClassColor(classIndex: 0))
    }

    func testLabelsLieOnAllElse() {
        let model = Model.of(["bowl"])
        let texts = LabelTexts(names: model.classNames) { Double($0.count) }
        XCTAssertTrue(Drawing(of: model, texts: texts, style: style).layers.last is LabelLayer)
    }

    func testAThingThatIsFollowedHasItsNumberAndColour() {
        var followed = box(0, 40, classIndex: 1, score: 0.87)
        followed.track = 3
        let label = labels([followed])[0]
        XCTAssertEqual(label.text, "#3 broccoli 0.87")
        XCTAssertEqual(label.color, ClassColor(classIndex: 3))
    }

    func testALabelIsAsLargeAsItsTextWithAMargin() {
        let label = labels([box(10, 40, classIndex: 0, score: 0.9)])[0]
        XCTAssertEqual(label.rect, CGRect(x: 10, y: 20, width: 90 + 4, height: 20))
    }

    func testALabelStaysBetweenTheEdges() {
        XCTAssertEqual(labels([box(390, 40, classIndex: 0, score: 0.9)])[0].rect.maxX, 400)
        // Wider than the picture, it is cut to fit; a letter more would fit without the margins.
        let narrow = labels([box(0, 40, classIndex: 1, score: 0.9)], view: CGSize(width: 102, height: 400))[0]
        XCTAssertEqual(narrow.text, "bro… 0.90")
        XCTAssertEqual(narrow.rect.minX, 0)
        XCTAssertEqual(narrow.rect.maxX, 94)
    }

    /// What lies under a bar is drawn there, as one can see through it, and named beside it.
    func testALabelStaysClearOfControls() {
        let places = labels(
            [box(0, 40, classIndex: 0, score: 0.9), box(300, 390, classIndex: 0, score: 0.9)],
            covered: Margins(top: 100, bottom: 80)
        ).map(\.rect)
        XCTAssertEqual(places, [CGRect(x: 300, y: 300, width: 94, height: 20), CGRect(x: 0, y: 100, width: 94, height: 20)])
    }

    func testALabelLiesWhereItsLayerSays() {
        let layer = LabelLayer(texts: texts, style: style) { box, _ in CGPoint(x: box.right, y: box.bottom) }
        let labels = labels([box(10, 40, classIndex: 0, score: 0.9)], by: layer)
        XCTAssertEqual(labels[0].rect.origin, CGPoint(x: 20, y: 30))
    }

    func testWhatCannotBeSeenIsNotNamed() {
        let view = CGSize(width: 100, height: 400)
        XCTAssertEqual(labels([box(190, 40, classIndex: 0, score: 0.9)], view: view, aspect: .fill).count, 1)
        XCTAssertEqual(labels([box(0, 40, classIndex: 0, score: 0.9)], view: view, aspect: .fill).count, 0)
    }

    func testWithoutAPictureThereIsNothing() {
        XCTAssertEqual(labels([box(0, 40, classIndex: 0, score: 0.9)], view: .zero).count, 0)
    }

    func testOnlyInACrowdLabelsAreLeftOut() {
        func count(_ boxes: Int) -> Int {
            labels(Array(repeating: box(0, 200, classIndex: 0, score: 0.9), count: boxes)).count
        }
        XCTAssertEqual(count(Appearance.manyLabels), Appearance.manyLabels)
        XCTAssertEqual(count(Appearance.manyLabels + 1), 1 + 2 * Appearance.labelLinesAway)
    }

    private let texts = LabelTexts(names: ["bowl", "broccoli"]) { Double(10 * $0.count) }

    private func labels(
        _ boxes: [Box], view: CGSize = CGSize(width: 400, height: 400), aspect: Aspect = .fit,
        covered: Margins = Margins(), by layer: LabelLayer? = nil
    ) -> [(rect: CGRect, text: String, color: ClassColor)] {
        // A pixel is a point: the picture is as high as the views here, and as wide where it is fitted in.
        let picture = CGSize(width: aspect == .fit && view.width > 0 ? view.width : 400, height: 400)
        let mapping = PictureMapping(picture: picture, view: view, aspect: aspect, covered: covered)
        let result = PictureResult(boxes: boxes, size: picture, times: StageTimes(letterbox: 0, model: 0, boxes: 0))
        let drawing = Drawing(layers: [layer ?? LabelLayer(texts: texts, style: style)])
        return drawing.marks(for: result, in: mapping).compactMap { mark in
            if case .label(let rect, let text, let color) = mark { (rect, text, color) } else { nil }
        }
    }

    private func box(_ left: Double, _ top: Double, classIndex: Int, score: Double) -> Box {
        Box(left: left, top: top, right: left + 10, bottom: top + 10, score: score, classIndex: classIndex)
    }
}
