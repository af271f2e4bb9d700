import XCTest

@testable import App

final class PictureMappingTests: XCTestCase {
    private let picture = CGSize(width: 200, height: 100)
    private let view = CGSize(width: 100, height: 100)

    /// The whole picture in the view.
    private func frame(_ mapping: PictureMapping) -> CGRect {
        mapping.rect(CGRect(origin: .zero, size: mapping.picture))
    }

    func testFitShowsTheWholePictureWithBars() {
        let mapping = PictureMapping(picture: picture, view: view, mode: .fit)
        XCTAssertEqual(frame(mapping), CGRect(x: 0, y: 25, width: 100, height: 50))
        XCTAssertEqual(mapping.rect(CGRect(x: 20, y: 10, width: 40, height: 80)), CGRect(x: 10, y: 30, width: 20, height: 40))
    }

    func testFillCoversTheViewAndCutsTheSidesOff() {
        let mapping = PictureMapping(picture: picture, view: view, mode: .fill)
        XCTAssertEqual(frame(mapping), CGRect(x: -50, y: 0, width: 200, height: 100))
        XCTAssertEqual(mapping.point(CGPoint(x: 100, y: 50)), CGPoint(x: 50, y: 50))
    }

    func testMirroredPictureSwapsLeftAndRight() {
        let mapping = PictureMapping(picture: picture, view: view, mode: .fit, isMirrored: true)
        XCTAssertEqual(frame(mapping), CGRect(x: 0, y: 25, width: 100, height: 50))
        XCTAssertEqual(mapping.rect(CGRect(x: 0, y: 0, width: 40, height: 20)), CGRect(x: 80, y: 25, width: 20, height: 10))
    }

    func testQuarterTurnsTurnThePictureClockwise() {
        let view = CGSize(width: 100, height: 200)
        let places = [0, 1, 2, 3].map { turns in
            PictureMapping(picture: CGSize(width: turns % 2 == 0 ? 100 : 200, height: turns % 2 == 0 ? 200 : 100), view: view,
                mode: .fit, quarterTurns: turns
            ).rect(CGRect(x: 0, y: 0, width: 20, height: 10))
        }
        XCTAssertEqual(places[0], CGRect(x: 0, y: 0, width: 20, height: 10), "top left")
        XCTAssertEqual(places[1], CGRect(x: 90, y: 0, width: 10, height: 20), "top right")
        XCTAssertEqual(places[2], CGRect(x: 80, y: 190, width: 20, height: 10), "bottom right")
        XCTAssertEqual(places[3], CGRect(x: 0, y: 180, width: 10, height: 20), "bottom left")
    }

    func testMirrorIsAfterTheTurn() {
        let mapping = PictureMapping(
            picture: picture, view: CGSize(width: 100, height: 200), mode: .fill, quarterTurns: 1, isMirrored: true)
        XCTAssertEqual(frame(mapping), CGRect(x: 0, y: 0, width: 100, height: 200))
        XCTAssertEqual(mapping.rect(CGRect(x: 0, y: 0, width: 20, height: 10)), CGRect(x: 0, y: 0, width: 10, height: 20))
    }

    func testEmptyPictureOrViewHasNoArea() {
        for (picture, view) in [(CGSize.zero, view), (picture, CGSize.zero)] {
            XCTAssertEqual(frame(PictureMapping(picture: picture, view: view, mode: .fill)).size, .zero)
        }
    }
}
