import XCTest

@testable import App

final class MaskLayerTests: XCTestCase {
    // A picture in the middle of a square input, which is half as large
    private let size = CGSize(width: 200, height: 100)
    private let place = CGRect(x: 0, y: -50, width: 200, height: 200)
    private let painting = Painting(width: 100, height: 100, rgba: Data(count: 4 * 100 * 100))

    func testAPaintingLiesWhereItsPictureLies() {
        let view = CGSize(width: 400, height: 300)  // the picture, twice as large, with bars above and below
        XCTAssertEqual(
            placement(PictureMapping(picture: size, view: view, aspect: .fit)),
            Placement(
                topLeft: CGPoint(x: 0, y: -50), topRight: CGPoint(x: 400, y: -50), bottomLeft: CGPoint(x: 0, y: 350),
                visible: CGRect(x: 0, y: 50, width: 400, height: 200)))
    }

    func testTurnedAndMirroredItDoesToo() {
        let view = CGSize(width: 100, height: 200)
        XCTAssertEqual(
            placement(PictureMapping(picture: size, quarterTurns: 1, view: view, aspect: .fit)),
            Placement(
                topLeft: CGPoint(x: 150, y: 0), topRight: CGPoint(x: 150, y: 200), bottomLeft: CGPoint(x: -50, y: 0),
                visible: CGRect(x: 0, y: 0, width: 100, height: 200)))
        XCTAssertEqual(
            placement(PictureMapping(picture: size, isMirrored: true, view: size, aspect: .fit)),
            Placement(
                topLeft: CGPoint(x: 200, y: -50), topRight: CGPoint(x: 0, y: -50), bottomLeft: CGPoint(x: 200, y: 150),
                visible: CGRect(x: 0, y: 0, width: 200, height: 100)))
    }

    func testWithoutMasksThereIsNoPainting() {
        let mapping = PictureMapping(picture: size, view: size, aspect: .fit)
        XCTAssertEqual(MaskLayer().marks(for: result(nil), in: mapping), [])
    }

    func testMasksLieUnderBoxesAndLabels() {
        let model = Model(id: "", name: "", file: "", classNames: ["cup"], confidence: 0.25)
        let texts = LabelTexts(names: model.classNames) { Double($0.count) }
        let layers = Drawing(of: model, texts: texts, style: LabelStyle(lineHeight: 10, margin: 1)).layers
        XCTAssertEqual(layers.count, 3)
        XCTAssertTrue(layers[0] is MaskLayer)
        XCTAssertTrue(layers[1] is BoxLayer)
    }

    private func placement(_ mapping: PictureMapping) -> Placement? {
        let result = result(MaskPainting(painting: painting, place: place))
        guard case .painting(painting, let placement) = MaskLayer().marks(for: result, in: mapping).first else { return nil }
        return placement
    }

    private func result(_ painting: MaskPainting?) -> PictureResult {
        let times = StageTimes(letterbox: 0, model: 0, boxes: 0)
        return PictureResult(boxes: [], size: size, times: times, painting: painting)
    }
}
