import XCTest

@testable import App

final class VideoSizeTests: XCTestCase {
    func testASmallVideoKeepsItsSize() {
        XCTAssertEqual(size(1280, 720), [1280, 720])
        XCTAssertEqual(size(360, 640), [360, 640])
    }

    func testALargeOneIsAsLongAsTheCamerasFrames() {
        XCTAssertEqual(size(3840, 2160), [1280, 720])
        XCTAssertEqual(size(2160, 3840), [720, 1280])
    }

    func testSidesAreEvenAndNeverNothing() {
        XCTAssertEqual(size(639, 481), [640, 482])
        XCTAssertEqual(size(1920, 1081), [1280, 720])
        XCTAssertEqual(size(1, 1), [2, 2])
        XCTAssertEqual(size(100_000, 1), [1280, 2])
    }

    func testWhatHasNoAreaHasNoSize() {
        for (width, height) in [(0.0, 100.0), (100, 0), (-4, 4), (.nan, 4), (4, .infinity)] {
            XCTAssertNil(size(width, height), "\(width) \(height)")
        }
    }

    private func size(_ width: Double, _ height: Double) -> [Int]? {
        VideoSize.fitting(width: width, height: height).map { [$0.width, $0.height] }
    }
}
