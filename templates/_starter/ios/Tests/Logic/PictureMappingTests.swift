import XCTest

@testable import App

final class PictureMappingTests: XCTestCase {
    private let picture = CGSize(width: 200, height: 100)
    private let view = CGSize(width: 100, height: 100)

    func testFitShowsTheWholePictureWithBars() {
        let mapping = PictureMapping(picture: picture, view: view, mode: .fit)
        XCTAssertEqual(mapping.frame, CGRect(x: 0, y: 25, width: 100, height: 50))
        XCTAssertEqual(mapping.rect(CGRect(x: 20, y: 10, width: 40, height: 80)), CGRect(x: 10, y: 30, width: 20, height: 40))
    }

    func testFillCoversTheViewAndCutsTheSidesOff() {
        let mapping = PictureMapping(picture: picture, view: view, mode: .fill)
        XCTAssertEqual(mapping.frame, CGRect(x: -50, y: 0, width: 200, height: 100))
        XCTAssertEqual(mapping.point(CGPoint(x: 100, y: 50)), CGPoint(x: 50, y: 50))
    }

    func testMirroredPictureSwapsLeftAndRight() {
        let mapping = PictureMapping(picture: picture, view: view, mode: .fit, isMirrored: true)
        XCTAssertEqual(mapping.frame, CGRect(x: 0, y: 25, width: 100, height: 50))
        XCTAssertEqual(mapping.rect(CGRect(x: 0, y: 0, width: 40, height: 20)), CGRect(x: 80, y: 25, width: 20, height: 10))
    }

    func testEmptyPictureOrViewHasNoArea() {
        for (picture, view) in [(CGSize.zero, view), (picture, CGSize.zero)] {
            XCTAssertEqual(PictureMapping(picture: picture, view: view, mode: .fill).frame.size, .zero)
        }
    }
}
