import XCTest

@testable import App

final class ClassLayerTests: XCTestCase {
    private let style = LabelStyle(lineHeight: 20, margin: 2)
    private let names = ["bowl", "a name of many letters"]
    private let size = CGSize(width: 400, height: 300)

    func testTheFirstFiveAreBarsAndTheBestOneIsLarge() {
        let scores = [0.5, 0.25, 0.125, 0.06, 0.03, 0.02]
        let marks = marks(scores.map { ClassScore(classIndex: 0, score: $0) })
        XCTAssertEqual(texts(marks), ["bowl 0.03", "bowl 0.06", "bowl 0.13", "bowl 0.25", "bowl 0.50"])
        XCTAssertEqual(bars(marks).map(\.width), [12, 24, 50, 100, 200])
        XCTAssertEqual(scales(marks), [1, 1, 1, 1, ClassLayer.large])
        XCTAssertEqual(bars(marks).map(\.minX), [0, 0, 0, 0, 0])
    }

    func testTheyStandOnEachOtherFromThePicturesLowerEdge() {
        let marks = marks([ClassScore(classIndex: 0, score: 1), ClassScore(classIndex: 0, score: 0.5)])
        let height = 20 * ClassLayer.large + 6
        XCTAssertEqual(
            rows(marks),
            [
                CGRect(x: 0, y: 274, width: 400, height: 26),
                CGRect(x: 0, y: 274 - height, width: 400, height: height),
            ])
        XCTAssertEqual(bars(marks), [CGRect(x: 0, y: 298, width: 200, height: 2), CGRect(x: 0, y: 272, width: 400, height: 2)])
        guard case .text(_, let point, let color, _) = marks[2] else { return XCTFail("no text") }
        XCTAssertEqual(point, CGPoint(x: 2, y: 276))
        XCTAssertEqual(color, ClassColor(rgb: 0xFFFFFF))
    }

    func testTheyStandAboveTheControls() {
        let layer = ClassLayer(texts: labels(), style: style)
        var result = TestPipeline.result(0)
        result.classes = [ClassScore(classIndex: 0, score: 1)]
        let mapping = PictureMapping(picture: size, view: size, aspect: .fill, covered: Margins(bottom: 100))
        XCTAssertEqual(rows(layer.marks(for: result, in: mapping)).map(\.maxY), [200])
    }

    func testABarHasTheColourOfItsClass() {
        let marks = marks([ClassScore(classIndex: 1, score: 1)])
        guard case .plate(_, let color, let opacity) = marks[1] else { return XCTFail("no bar") }
        XCTAssertEqual(color, ClassColor(classIndex: 1))
        XCTAssertEqual(opacity, 1)
    }

    func testALargeNameIsCutSooner() {
        let long = ClassScore(classIndex: 1, score: 0.5)
        let marks = marks([long, long], view: CGSize(width: 34, height: 300))
        XCTAssertEqual(texts(marks), ["a name of many letters 0.50", "a name of m… 0.50"])
    }

    func testWhereThePictureFillsTheViewTheyStayInIt() {
        let marks = marks([ClassScore(classIndex: 0, score: 0.5)], view: CGSize(width: 100, height: 100), aspect: .fill)
        XCTAssertEqual(rows(marks).map(\.maxY), [100])
        XCTAssertEqual(rows(marks).map(\.width), [100])
        XCTAssertEqual(bars(marks).map(\.width), [50])
    }

    /// Letters of 52 points, the largest that a phone is set to: the likeliest one must not leave the picture.
    func testThereAreAsManyAsHaveRoom() {
        let classes = [0.5, 0.25, 0.125, 0.06, 0.03].map { ClassScore(classIndex: 0, score: $0) }
        // 97 points for the first, 58 for each other
        for (height, count) in [(600.0, 5), (300, 4), (213, 3), (212, 2), (155, 2), (154, 1), (97, 1), (40, 1)] {
            let marks = marks(classes, view: CGSize(width: 400, height: height), lineHeight: 52)
            XCTAssertEqual(rows(marks).count, count, "\(height) points")
            XCTAssertEqual(texts(marks).last, "bowl 0.50")
            XCTAssertEqual(scales(marks).last, ClassLayer.large)
            if height >= 97 { XCTAssertGreaterThanOrEqual(rows(marks).last?.minY ?? -1, 0, "\(height) points") }
        }
    }

    func testThereMayBeNoClasses() {
        XCTAssertEqual(marks([]), [])
    }

    func testItIsAllThatIsDrawn() {
        let model = Model.of(names)
        let layers = Drawing(of: model, texts: labels(), style: style).layers
        XCTAssertEqual(layers.count, 1)
        XCTAssertTrue(layers.first is ClassLayer)
    }

    private func marks(
        _ classes: [ClassScore], view: CGSize? = nil, aspect: Aspect = .fit, lineHeight: Double = 20
    ) -> [Mark] {
        let picture = view.map { CGSize(width: $0.width, height: $0.height * (aspect == .fill ? 2 : 1)) } ?? size
        let result = PictureResult(
            classes: classes, size: picture, times: StageTimes(letterbox: 0, model: 0, boxes: 0))
        let mapping = PictureMapping(picture: picture, view: view ?? size, aspect: aspect)
        let style = LabelStyle(lineHeight: lineHeight, margin: 2)
        return ClassLayer(texts: labels(), style: style).marks(for: result, in: mapping)
    }

    /// A letter is a point wide.
    private func labels() -> LabelTexts {
        LabelTexts(names: names) { Double($0.count) }
    }

    private func texts(_ marks: [Mark]) -> [String] {
        marks.compactMap { if case .text(let text, _, _, _) = $0 { text } else { nil } }
    }

    private func scales(_ marks: [Mark]) -> [Double] {
        marks.compactMap { if case .text(_, _, _, let scale) = $0 { scale } else { nil } }
    }

    private func rows(_ marks: [Mark]) -> [CGRect] { plates(marks, opacity: ClassLayer.darkness) }
    private func bars(_ marks: [Mark]) -> [CGRect] { plates(marks, opacity: 1) }

    private func plates(_ marks: [Mark], opacity: Double) -> [CGRect] {
        marks.compactMap { if case .plate(let rect, _, opacity) = $0 { rect } else { nil } }
    }
}
