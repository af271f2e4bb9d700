import XCTest

@testable import App

/// The part of a picture that a crop copies.
final class PictureTests: XCTestCase {
    func testCropHasAllPixelsThatTheBoxTouches() {
        XCTAssertEqual(part(of: CGRect(x: 10, y: 20, width: 30, height: 40)), CGRect(x: 10, y: 20, width: 30, height: 40))
        XCTAssertEqual(
            part(of: CGRect(x: 10.2, y: 20.9, width: 30, height: 40)), CGRect(x: 10, y: 20, width: 31, height: 41))
        XCTAssertEqual(part(of: CGRect(x: 40, y: 60, width: -30, height: -40)), CGRect(x: 10, y: 20, width: 30, height: 40))
    }

    func testCropIsCutAtTheBorderOfThePicture() {
        XCTAssertEqual(part(of: CGRect(x: -5, y: -7, width: 10, height: 10)), CGRect(x: 0, y: 0, width: 5, height: 3))
        XCTAssertEqual(part(of: CGRect(x: 195, y: 97, width: 9, height: 9)), CGRect(x: 195, y: 97, width: 5, height: 3))
        let picture = CGRect(x: 0, y: 0, width: 200, height: 100)
        XCTAssertEqual(part(of: CGRect(x: -1e9, y: -1e9, width: 2e9, height: 2e9)), picture)
        XCTAssertEqual(part(of: CGRect(x: 0, y: 0, width: Double.infinity, height: 100)), picture)
    }

    func testBoxThatIsEmptyOrOutsideHasNoCrop() {
        for box in [
            CGRect.zero, .null, CGRect(x: 10.5, y: 20.5, width: 0, height: 40), CGRect(x: 10, y: 20, width: 30, height: 0),
            CGRect(x: -30, y: 20, width: 30, height: 40), CGRect(x: 200, y: 20, width: 30, height: 40),
            CGRect(x: 10, y: -40, width: 30, height: 40), CGRect(x: 10, y: 100, width: 30, height: 40),
            CGRect(x: Double.nan, y: 20, width: 30, height: 40), CGRect(x: 10, y: 20, width: 30, height: Double.nan),
        ] {
            XCTAssertNil(part(of: box), "\(box)")
        }
    }

    func testRowsFromTheBottom() {
        let part = CGRect(x: 10, y: 20, width: 30, height: 40)
        XCTAssertEqual(part.fromBottom(of: 100), CGRect(x: 10, y: 40, width: 30, height: 40))
    }

    /// The copied part of a picture of 200 x 100 pixels; nil: nothing is copied.
    private func part(of box: CGRect) -> CGRect? {
        var copied: CGRect?
        let picture = Picture(size: CGSize(width: 200, height: 100)) { part in
            copied = part
            return nil
        }
        XCTAssertNil(picture.crop(of: box))
        return copied
    }
}
