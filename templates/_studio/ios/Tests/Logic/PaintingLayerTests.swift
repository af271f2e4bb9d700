import XCTest

@testable import App

final class PaintingLayerTests: XCTestCase {
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

    func testWithoutAPaintingThereIsNothing() {
        let mapping = PictureMapping(picture: size, view: size, aspect: .fit)
        XCTAssertEqual(PaintingLayer().marks(for: result(nil), in: mapping), [])
    }

    private func placement(_ mapping: PictureMapping) -> Placement? {
        let result = result(PlacedPainting(painting: painting, place: place))
        guard case .painting(painting, let placement) = PaintingLayer().marks(for: result, in: mapping).first else { return nil }
        return placement
    }

    private func result(_ painting: PlacedPainting?) -> PictureResult {
        var result = TestPipeline.result(0)
        result.painting = painting
        return result
    }
}
