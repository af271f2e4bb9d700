import XCTest

@testable import App

final class ClassesTests: XCTestCase {
    private let style = LabelStyle(lineHeight: 20, margin: 2)
    private let names = ["bowl", "a name of many letters"]
    private let size = CGSize(width: 400, height: 300)

    func testFiveClassesHaveBarsAndTheFirstIsLarge() {
        let scores = [0.5, 0.25, 0.125, 0.06, 0.03, 0.02]
        let marks = marks(scores.map { one(0, $0) })
        XCTAssertEqual(texts(marks), ["bowl 0.03", "bowl 0.06", "bowl 0.13", "bowl 0.25", "bowl 0.50"])
        XCTAssertEqual(bars(marks).map(\.width), [12, 24, 50, 100, 200])
        XCTAssertEqual(scales(marks), [1, 1, 1, 1, ClassLayer.largeScale])
        XCTAssertEqual(bars(marks).map(\.minX), [0, 0, 0, 0, 0])
    }

    func testClassesAreAboveTheControls() {
        let layer = ClassLayer(texts: labels(), style: style)
        var result = FakePipeline.result(0)
        result.classes = [one(0, 1)]
        let mapping = PictureMapping(picture: size, view: size, aspect: .fill, covered: Margins(bottom: 100))
        XCTAssertEqual(rows(layer.marks(for: result, in: mapping)).map(\.maxY), [200])
    }

    func testLargeNameIsCutSooner() {
        let long = one(1, 0.5)
        let marks = marks([long, long], view: CGSize(width: 34, height: 300))
        XCTAssertEqual(texts(marks), ["a name of many letters 0.50", "a name of m… 0.50"])
    }

    /// With the largest letters of a phone, 52 points.
    func testOnlyClassesWithRoomAreShown() {
        let classes = [0.5, 0.25, 0.125, 0.06, 0.03].map { one(0, $0) }
        // 97 points for the first, 58 for each other
        for (height, count) in [(600.0, 5), (300, 4), (213, 3), (212, 2), (155, 2), (154, 1), (97, 1), (40, 1)] {
            let marks = marks(classes, view: CGSize(width: 400, height: height), lineHeight: 52)
            XCTAssertEqual(rows(marks).count, count, "\(height) points")
            XCTAssertEqual(texts(marks).last, "bowl 0.50")
            XCTAssertEqual(scales(marks).last, ClassLayer.largeScale)
            if height >= 97 { XCTAssertGreaterThanOrEqual(rows(marks).last?.minY ?? -1, 0, "\(height) points") }
        }
    }

    private func one(_ classIndex: Int, _ score: Double) -> ClassScore {
        ClassScore(classIndex: classIndex, className: names[classIndex], score: score)
    }

    private func marks(
        _ classes: [ClassScore], view: CGSize? = nil, aspect: Aspect = .fit, lineHeight: Double = 20
    ) -> [Mark] {
        let picture = view.map { CGSize(width: $0.width, height: $0.height * (aspect == .fill ? 2 : 1)) } ?? size
        let result = FakePipeline.result(classes, size: picture)
        let mapping = PictureMapping(picture: picture, view: view ?? size, aspect: aspect)
        let style = LabelStyle(lineHeight: lineHeight, margin: 2)
        return ClassLayer(texts: labels(), style: style).marks(for: result, in: mapping)
    }

    /// With letters of a point.
    private func labels() -> LabelTexts {
        LabelTexts { Double($0.count) }
    }

    private func texts(_ marks: [Mark]) -> [String] {
        marks.compactMap { if case .text(let text, _, _, _) = $0 { text } else { nil } }
    }

    private func scales(_ marks: [Mark]) -> [Double] {
        marks.compactMap { if case .text(_, _, _, let scale) = $0 { scale } else { nil } }
    }

    private func rows(_ marks: [Mark]) -> [CGRect] { plates(marks, opacity: ClassLayer.plateOpacity) }
    private func bars(_ marks: [Mark]) -> [CGRect] { plates(marks, opacity: 1) }

    private func plates(_ marks: [Mark], opacity: Double) -> [CGRect] {
        marks.compactMap { if case .plate(let rect, _, opacity) = $0 { rect } else { nil } }
    }
}
