import XCTest

@testable import App

/// Where pixels are shown, and how pictures are turned.
final class PictureMappingTests: XCTestCase {
    func testWholePictureIsCentred() {
        let mapping = PictureMapping(picture: CGSize(width: 200, height: 100), view: CGSize(width: 100, height: 100), aspect: .fit)
        XCTAssertEqual(mapping.frame, CGRect(x: 0, y: 25, width: 100, height: 50))
        XCTAssertEqual(mapping.visible, mapping.frame)
        XCTAssertTrue(PictureMapping(picture: .zero, view: CGSize(width: 9, height: 9), aspect: .fit).isEmpty)
    }

    func testFillingPictureIsCutAndControlsCoverIt() {
        let mapping = PictureMapping(
            picture: CGSize(width: 200, height: 100), view: CGSize(width: 100, height: 100), aspect: .fill,
            covered: Margins(top: 10, bottom: 20))
        XCTAssertEqual(mapping.frame, CGRect(x: -50, y: 0, width: 200, height: 100))
        XCTAssertEqual(mapping.visible, CGRect(x: 0, y: 0, width: 100, height: 100))
        XCTAssertEqual(mapping.free, CGRect(x: 0, y: 10, width: 100, height: 70))
    }

    /// The upper left pixel of a sensor of 4 x 2 pixels, for every angle of the preview and of the detected frame.
    func testSensorPixelIsShownAsInThePreview() {
        let seen: [Double: CGPoint] = [
            0: CGPoint(x: 0.5, y: 0.5), 90: CGPoint(x: 1.5, y: 0.5), 180: CGPoint(x: 3.5, y: 1.5), 270: CGPoint(x: 0.5, y: 3.5),
        ]
        func size(_ angle: Double) -> CGSize {
            QuarterTurns.count(degrees: angle) % 2 == 0 ? CGSize(width: 4, height: 2) : CGSize(width: 2, height: 4)
        }
        for (preview, place) in seen {
            for (capture, pixel) in seen {
                for isMirrored in [false, true] {
                    let view = size(preview)
                    let mapping = PictureMapping(
                        picture: size(capture), quarterTurns: QuarterTurns.count(from: capture, to: preview),
                        isMirrored: isMirrored, view: view, aspect: .fit)
                    let expected = isMirrored ? CGPoint(x: view.width - place.x, y: place.y) : place
                    XCTAssertEqual(mapping.point(of: pixel), expected, "\(preview), \(capture), \(isMirrored)")
                    XCTAssertEqual(mapping.pixel(at: expected), pixel, "\(preview), \(capture), \(isMirrored)")
                }
            }
        }
    }

    func testQuarterTurnsOfAnyAngle() {
        let expected = [(0.0, 0), (90, 1), (270, 3), (450, 1), (-90, 3), (44, 0), (46, 1), (316, 0), (.nan, 0), (.infinity, 0)]
        for (degrees, turns) in expected { XCTAssertEqual(QuarterTurns.count(degrees: degrees), turns, "\(degrees)") }
    }

    /// Upright pixels 1 2 3 / 4 5 6, as they are stored in each orientation.
    func testStoredPartHasThePixelsOfTheUprightPart() {
        let upright = [[1, 2, 3], [4, 5, 6]]
        let stored: [ExifOrientation: [[Int]]] = [
            .up: upright, .upMirrored: [[3, 2, 1], [6, 5, 4]], .down: [[6, 5, 4], [3, 2, 1]],
            .downMirrored: [[4, 5, 6], [1, 2, 3]], .leftMirrored: [[1, 4], [2, 5], [3, 6]],
            .right: [[3, 6], [2, 5], [1, 4]], .rightMirrored: [[6, 3], [5, 2], [4, 1]], .left: [[4, 1], [5, 2], [6, 3]],
        ]
        let size = CGSize(width: 3, height: 2)
        for orientation in (1...8).compactMap(ExifOrientation.init(rawValue:)) {
            for (y, row) in upright.enumerated() {
                for (x, pixel) in row.enumerated() {
                    let part = orientation.stored(CGRect(x: x, y: y, width: 1, height: 1), of: size)
                    XCTAssertEqual(stored[orientation]?[Int(part.minY)][Int(part.minX)], pixel, "\(orientation) \(x) \(y)")
                }
            }
            XCTAssertEqual(orientation.mirrored.mirrored, orientation)
        }
        XCTAssertEqual([nil, 0, 9].map(ExifOrientation.init(tag:)), [.up, .up, .up])
        XCTAssertEqual(ExifOrientation(tag: 6), .right)
    }

    func testFrozenFrameIsTurnedLikeThePreview() {
        for (own, preview, turns) in [(0.0, 0.0, 0), (90, 180, 1), (180, 90, 3), (270, 0, 1), (0, 180, 2)] {
            let view = FrozenView(FrameTurn(angle: own), previewAngle: preview)
            XCTAssertEqual(view.quarterTurns, turns)
            XCTAssertEqual(view.previewOrientation, ExifOrientation(rotationAngle: preview))
            let mirrored = FrozenView(FrameTurn(angle: own), previewAngle: preview, isMirrored: true)
            XCTAssertEqual(mirrored.previewOrientation, view.previewOrientation.mirrored)
        }
    }

    func testVideoTransformIsAnOrientation() {
        for (orientation, (a, b, c, d)) in [
            (ExifOrientation.up, (1.0, 0.0, 0.0, 1.0)), (.upMirrored, (-1, 0, 0, 1)), (.down, (-1, 0, 0, -1)),
            (.downMirrored, (1, 0, 0, -1)), (.leftMirrored, (0, 1, 1, 0)), (.right, (0, 1, -1, 0)),
            (.rightMirrored, (0, -1, -1, 0)), (.left, (0, -1, 1, 0)),
        ] {
            XCTAssertEqual(ExifOrientation(a: a, b: b, c: c, d: d), orientation)
        }
        XCTAssertEqual(ExifOrientation(a: 0.1, b: 1.9, c: -2, d: 0.1), .right)
        XCTAssertEqual(ExifOrientation(a: .nan, b: .nan, c: .nan, d: .nan), .up)
    }
}
