import XCTest

@testable import App

final class TouchedPlaceTests: XCTestCase {
    private let picture = CGSize(width: 200, height: 100)

    func testATouchIsAShareOfThePicture() throws {
        // Over a square view the picture has bars above and below, half a point for a pixel.
        let place = try XCTUnwrap(TouchedPlace(at: CGPoint(x: 25, y: 50), in: mapping(.fit)))
        XCTAssertEqual(place.x, 0.25)
        XCTAssertEqual(place.y, 0.5)
        XCTAssertEqual(place.pixel(in: picture), CGPoint(x: 50, y: 50))
        XCTAssertEqual(place.pixel(in: CGSize(width: 40, height: 30)), CGPoint(x: 10, y: 15), "in a frame of another size")
    }

    /// Otherwise it would stay where it was on the screen, over another part of the picture.
    func testItStaysInThePictureHoweverThatIsShown() throws {
        let place = try XCTUnwrap(TouchedPlace(at: CGPoint(x: 25, y: 50), in: mapping(.fit)))
        let pixel = place.pixel(in: picture)
        XCTAssertEqual(mapping(.fit).point(of: pixel), CGPoint(x: 25, y: 50))
        XCTAssertEqual(mapping(.fill).point(of: pixel), CGPoint(x: 0, y: 50), "it fills the view")
        XCTAssertEqual(mapping(.fit, view: CGSize(width: 50, height: 100)).point(of: pixel), CGPoint(x: 12.5, y: 50))
        XCTAssertEqual(mapping(.fit, isMirrored: true).point(of: pixel), CGPoint(x: 75, y: 50))
        XCTAssertEqual(mapping(.fit, turns: 1).point(of: pixel), CGPoint(x: 50, y: 25))
        XCTAssertEqual(mapping(.fit, turns: 3).point(of: pixel), CGPoint(x: 50, y: 75))
    }

    func testBesideThePictureThereIsNone() {
        for point in [CGPoint(x: 50, y: 24), CGPoint(x: 50, y: 75), CGPoint(x: -1, y: 50), CGPoint(x: 100, y: 50)] {
            XCTAssertNil(TouchedPlace(at: point, in: mapping(.fit)), "\(point)")
        }
        XCTAssertNil(TouchedPlace(at: .zero, in: PictureMapping(picture: .zero, view: picture, aspect: .fit)))
    }

    func testWhatIsTouchedIsWhatIsMeasured() throws {
        var random = RandomNumbers(seed: 11)
        for _ in 0..<1000 {
            let picture = CGSize(width: .random(in: 2...999, using: &random), height: .random(in: 2...999, using: &random))
            let mapping = PictureMapping(
                picture: picture, quarterTurns: .random(in: 0...3, using: &random), isMirrored: .random(using: &random),
                view: CGSize(width: .random(in: 9...999, using: &random), height: .random(in: 9...999, using: &random)),
                aspect: Bool.random(using: &random) ? .fit : .fill)
            let pixel = CGPoint(
                x: picture.width * .random(in: 0.01...0.99, using: &random),
                y: picture.height * .random(in: 0.01...0.99, using: &random))
            let place = try XCTUnwrap(TouchedPlace(at: mapping.point(of: pixel), in: mapping))
            let back = place.pixel(in: picture)
            XCTAssertEqual(back.x, pixel.x, accuracy: 1e-6)
            XCTAssertEqual(back.y, pixel.y, accuracy: 1e-6)
        }
    }

    private func mapping(
        _ aspect: Aspect, view: CGSize = CGSize(width: 100, height: 100), turns: Int = 0, isMirrored: Bool = false
    ) -> PictureMapping {
        PictureMapping(picture: picture, quarterTurns: turns, isMirrored: isMirrored, view: view, aspect: aspect)
    }
}
