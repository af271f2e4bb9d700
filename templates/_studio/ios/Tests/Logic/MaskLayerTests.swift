import XCTest

@testable import App

final class MaskLayerTests: XCTestCase {
    func testMasksLieUnderTrailsBoxesAndLabels() {
        let model = Model.of(["cup"])
        let texts = LabelTexts(names: model.classNames) { Double($0.count) }
        let layers = Drawing(of: model, texts: texts, style: LabelStyle(lineHeight: 10, margin: 1)).layers
        XCTAssertEqual(layers.count, 5)
        XCTAssertTrue(layers[0] is PaintingLayer)
        XCTAssertTrue(layers[1] is TrailLayer)
        XCTAssertTrue(layers[2] is BoxLayer)
    }
}
