import XCTest

@testable import App

final class DepthMapTests: XCTestCase {
    func testADistanceIsThatOfThePixelThereIs() {
        let values: [Float] = [1, 2, 3, 4, .infinity, .nan]
        let map = DepthMap(width: 3, height: 2, values: values.withUnsafeBytes { Data($0) }, lowest: 1, highest: 4)
        XCTAssertEqual(map.value(at: CGPoint(x: 0, y: 0)), 1)
        XCTAssertEqual(map.value(at: CGPoint(x: 2.99, y: 0.99)), 3)
        XCTAssertEqual(map.value(at: CGPoint(x: 0.5, y: 1)), 4)
        for (x, y) in [(1.5, 1.5), (2.5, 1.5), (-0.1, 0), (3, 0), (0, -0.1), (0, 2)] {
            XCTAssertNil(map.value(at: CGPoint(x: x, y: y)), "\(x), \(y)")
        }
    }

    func testAMapWithTooFewNumbersHasNone() {
        let map = DepthMap(width: 3, height: 2, values: Data(count: 11), lowest: 0, highest: 0)
        XCTAssertEqual(map.value(at: CGPoint(x: 1, y: 0)), 0)
        XCTAssertNil(map.value(at: CGPoint(x: 2, y: 0)))
    }

    func testColoursGoFromDarkToBright() {
        let colors = [UInt8](DepthColors.table)
        XCTAssertEqual(colors.count, 4 * 256)
        XCTAssertEqual(Array(colors[..<4]), [0x44, 0x01, 0x54, 255])
        XCTAssertEqual(Array(colors[(4 * 8)..<(4 * 8 + 4)]), [0x47, 0x0D, 0x60, 255])
        XCTAssertEqual(Array(colors[(4 * 255)...]), [0xFD, 0xE7, 0x25, 255])
        let brightness = (0..<256).map { Int(colors[4 * $0]) + 2 * Int(colors[4 * $0 + 1]) }
        XCTAssertLessThan(brightness[0], brightness[128])
        XCTAssertLessThan(brightness[128], brightness[255])
        XCTAssertEqual([UInt8](DepthColors.scale.rgba.prefix(4)), [0xFD, 0xE7, 0x25, 255])
        XCTAssertEqual(DepthColors.scale.rgba.count, 4 * 256)
    }
}
