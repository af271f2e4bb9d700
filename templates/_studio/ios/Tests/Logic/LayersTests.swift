import XCTest

@testable import App

final class LayersTests: XCTestCase {
    private struct Dot: Layer {
        let color: ClassColor
        func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
            [.dot(mapping.point(of: CGPoint(x: 1, y: 2)), color)]
        }
    }

    private let (first, second) = (ClassColor(classIndex: 3), ClassColor(classIndex: 4))
    private let result = TestPipeline.result(1)

    func testLayersLieOnEachOtherInTheirOrder() {
        let drawing = Drawing(layers: [Dot(color: first), Dot(color: second)])
        let view = CGSize(width: 2 * result.size.width, height: 2 * result.size.height)
        let mapping = PictureMapping(picture: result.size, view: view, aspect: .fit)
        let place = CGPoint(x: 2, y: 4)
        XCTAssertEqual(drawing.marks(for: result, in: mapping), [.dot(place, first), .dot(place, second)])
    }

    func testWithoutAViewThereIsNothing() {
        let mapping = PictureMapping(picture: result.size, view: .zero, aspect: .fit)
        XCTAssertEqual(Drawing(layers: [Dot(color: first)]).marks(for: result, in: mapping), [])
    }
}
