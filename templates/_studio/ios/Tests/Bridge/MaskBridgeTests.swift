import Foundation
import XCTest

@testable import App

/// Masks become one picture, in the colours of their classes, of what the processors have left.
final class MaskBridgeTests: BridgeTestCase {
    private let bitmap = Mask.Bitmap(width: 8, height: 6, place: CGRect(x: 0, y: -10, width: 80, height: 60))

    func testTheBestMaskLiesOnTopWithItsEdge() throws {
        var result = result([box(left: 2, classIndex: 1), box(left: 3, classIndex: 0)])
        var painter = MaskPainter()
        painter.process(&result)
        let masks = try XCTUnwrap(result.painting)
        XCTAssertEqual(masks.place, bitmap.place)
        XCTAssertEqual(masks.painting.width, 8)
        XCTAssertEqual(masks.painting.height, 6)
        XCTAssertEqual(pixel(1, 2, of: masks.painting), [0, 0, 0, 0])
        XCTAssertEqual(pixel(2, 1, of: masks.painting), bytes(of: ClassColor(classIndex: 1), opacity: 1))
        XCTAssertEqual(pixel(3, 2, of: masks.painting), bytes(of: ClassColor(classIndex: 1), opacity: 0.45))
        XCTAssertEqual(pixel(5, 2, of: masks.painting), bytes(of: ClassColor(classIndex: 0), opacity: 1))
    }

    func testTheNextPictureBeginsAnew() throws {
        var (first, second, none) = (result([box(left: 0, classIndex: 0)]), result([box(left: 5, classIndex: 0)]), result([]))
        var painter = MaskPainter()
        painter.process(&first)
        painter.process(&second)
        XCTAssertEqual(pixel(0, 1, of: try XCTUnwrap(second.painting).painting), [0, 0, 0, 0])
        painter.process(&none)
        XCTAssertNil(none.painting)
    }

    /// A mask of 3 by 3 pixels, one from the top.
    private func box(left: Int, classIndex: Int) -> Box {
        let pixels = Data(repeating: 1, count: 9)
        let mask = Mask(bitmap: bitmap, left: left, top: 1, width: 3, height: 3, pixels: pixels)
        return Box(left: 0, top: 0, right: 80, bottom: 40, score: 0.5, classIndex: classIndex, mask: mask)
    }

    private func result(_ boxes: [Box]) -> PictureResult {
        PictureResult(
            boxes: boxes, size: CGSize(width: 80, height: 40), times: StageTimes(letterbox: 0, model: 0, postprocess: 0))
    }

    private func pixel(_ x: Int, _ y: Int, of painting: Painting) -> [UInt8] {
        let first = 4 * (y * painting.width + x)
        return [UInt8](painting.rgba)[first..<first + 4].map { $0 }
    }

    private func bytes(of color: ClassColor, opacity: Double) -> [UInt8] {
        [color.red * opacity, color.green * opacity, color.blue * opacity, opacity].map { UInt8((255 * $0).rounded()) }
    }
}
