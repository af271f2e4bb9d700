import XCTest

@testable import App

final class MapStepsTests: XCTestCase {
    func testOnlyHugeMapsLosePixels() {
        XCTAssertEqual(MapSteps.step(width: 1280, height: 720), 1)
        XCTAssertEqual(MapSteps.step(width: 2000, height: 2000), 1)
        XCTAssertEqual(MapSteps.step(width: 2001, height: 2000), 2)
        XCTAssertEqual(MapSteps.step(width: 8064, height: 6048), 4)
    }

    func testAPaintingCoversAllOfItsMap() {
        let painted = PlacedPainting(of: Data(count: 4 * 3 * 2), width: 5, height: 4, step: 2)
        XCTAssertEqual(painted?.painting.width, 3)
        XCTAssertEqual(painted?.painting.height, 2)
        XCTAssertEqual(painted?.place, CGRect(x: 0, y: 0, width: 6, height: 4))
        XCTAssertNil(PlacedPainting(of: Data(count: 4), width: 5, height: 4, step: 2))
        XCTAssertNil(PlacedPainting(of: Data(), width: 0, height: 0, step: 1))
    }
}
