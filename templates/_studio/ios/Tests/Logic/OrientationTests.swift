import XCTest

@testable import App

final class OrientationTests: XCTestCase {
    func testQuarterTurnsAreCountedForAnyAngle() {
        let expected = [
            (0.0, 0), (90, 1), (180, 2), (270, 3), (360, 0), (450, 1), (-90, 3), (-180, 2), (-270, 1), (-360, 0), (44, 0),
            (46, 1), (316, 0), (-44, 0), (-46, 3), (.nan, 0), (.infinity, 0),
        ]
        for (degrees, turns) in expected { XCTAssertEqual(QuarterTurns.count(degrees: degrees), turns, "\(degrees)") }
    }

    func testWhatIsLeftToTurnIsTheDifference() {
        for from in [0.0, 90, 180, 270] {
            for to in [0.0, 90, 180, 270] {
                let left = QuarterTurns.count(from: from, to: to)
                XCTAssertEqual((from + Double(left) * 90).truncatingRemainder(dividingBy: 360), to)
            }
        }
    }

    /// Of each: by which the frame was turned, by which the preview is, and what is left to turn.
    func testAHeldFrameIsShownAsThePreviewShowedIt() {
        for (own, preview, turns) in [(0.0, 0.0, 0), (90, 180, 1), (180, 90, 3), (270, 0, 1), (0, 180, 2), (90, 90, 0)] {
            let frame = HeldView(FrameTurn(angle: own))
            let view = frame.shown(previewAngle: preview, isMirrored: false)
            XCTAssertEqual(view.quarterTurns, turns, "\(own) \(preview)")
            XCTAssertEqual(view.orientation, frame.orientation, "it is looked at as before")
            XCTAssertEqual(view.previewOrientation, ExifOrientation(rotationAngle: preview))
            let mirrored = frame.shown(previewAngle: preview, isMirrored: true)
            XCTAssertEqual(mirrored.quarterTurns, turns)
            XCTAssertEqual(mirrored.previewOrientation, view.previewOrientation.mirrored)
        }
        let twice = HeldView(FrameTurn(angle: 90)).shown(previewAngle: 180, isMirrored: true)
            .shown(previewAngle: 90, isMirrored: false)
        XCTAssertEqual(twice, HeldView(FrameTurn(angle: 90)))
        XCTAssertEqual(HeldView(FrameTurn(angle: 90)).orientation, .right)
    }

    /// By EXIF's own table: where a stored place lies when the picture is upright.
    func testAVideosTransformIsTheOrientationOfItsFrames() {
        for (orientation, (a, b, c, d)) in [
            (ExifOrientation.up, (1.0, 0.0, 0.0, 1.0)), (.upMirrored, (-1, 0, 0, 1)), (.down, (-1, 0, 0, -1)),
            (.downMirrored, (1, 0, 0, -1)), (.leftMirrored, (0, 1, 1, 0)), (.right, (0, 1, -1, 0)),
            (.rightMirrored, (0, -1, -1, 0)), (.left, (0, -1, 1, 0)),
        ] {
            XCTAssertEqual(ExifOrientation(a: a, b: b, c: c, d: d), orientation)
            let upright = orientation.rawValue > 4 ? CGSize(width: 3, height: 4) : CGSize(width: 4, height: 3)
            for (x, y) in [(0.0, 0.0), (3, 0), (0, 2), (2, 1)] {
                // Moved so that no place lies left of the picture or above it.
                let place = CGRect(
                    x: a * x + c * y + (a + c < 0 ? upright.width : 0) - (a + c < 0 ? 1 : 0),
                    y: b * x + d * y + (b + d < 0 ? upright.height : 0) - (b + d < 0 ? 1 : 0), width: 1, height: 1)
                XCTAssertEqual(
                    orientation.stored(place, of: upright), CGRect(x: x, y: y, width: 1, height: 1), "\(orientation)")
            }
        }
        // Turned by a little, larger, or of no meaning at all.
        XCTAssertEqual(ExifOrientation(a: 0.1, b: 1.9, c: -2, d: 0.1), .right)
        XCTAssertEqual(ExifOrientation(a: 0, b: 0, c: 0, d: 0), .up)
        XCTAssertEqual(ExifOrientation(a: .nan, b: .nan, c: .nan, d: .nan), .up)
    }

    func testAVideosFrameIsHeldAsItIsShown() {
        let view = HeldView(FrameTurn(orientation: .leftMirrored)).shown(previewAngle: 0, isMirrored: false)
        XCTAssertEqual(view.quarterTurns, 0)
        XCTAssertEqual(view.orientation, .leftMirrored)
        XCTAssertEqual(view.previewOrientation, .leftMirrored)
    }

    func testAFramesAngleIsAnExifNumber() {
        XCTAssertEqual(ExifOrientation(rotationAngle: 0).rawValue, 1)
        XCTAssertEqual(ExifOrientation(rotationAngle: 90).rawValue, 6)
        XCTAssertEqual(ExifOrientation(rotationAngle: 180).rawValue, 3)
        XCTAssertEqual(ExifOrientation(rotationAngle: 270).rawValue, 8)
        XCTAssertEqual(ExifOrientation(rotationAngle: 360), .up)
    }

    /// Turned by hand: the pixels of a picture, as EXIF says, against the angle's own meaning.
    func testTheAngleTurnsClockwise() {
        let stored = [[1, 2, 3], [4, 5, 6]]
        func clockwise(_ rows: [[Int]]) -> [[Int]] {
            rows[0].indices.map { column in rows.reversed().map { $0[column] } }
        }
        // EXIF: the stored first row is the upright picture's ... side, its first column the ... side.
        let upright: [ExifOrientation: [[Int]]] = [
            .up: stored,
            .right: [[4, 1], [5, 2], [6, 3]],
            .down: [[6, 5, 4], [3, 2, 1]],
            .left: [[3, 6], [2, 5], [1, 4]],
        ]
        var turned = stored
        for angle in [0.0, 90, 180, 270] {
            XCTAssertEqual(upright[ExifOrientation(rotationAngle: angle)], turned, "\(angle)")
            turned = clockwise(turned)
        }
    }

    /// The pixels of a part of the upright picture are those of the stored part.
    func testAPartOfAnUprightPictureIsFoundAmongTheStoredRows() {
        let size = CGSize(width: 3, height: 2)
        let upright = [[1, 2, 3], [4, 5, 6]]
        let stored: [ExifOrientation: [[Int]]] = [
            .up: upright, .upMirrored: [[3, 2, 1], [6, 5, 4]], .down: [[6, 5, 4], [3, 2, 1]],
            .downMirrored: [[4, 5, 6], [1, 2, 3]], .leftMirrored: [[1, 4], [2, 5], [3, 6]],
            .right: [[3, 6], [2, 5], [1, 4]], .rightMirrored: [[6, 3], [5, 2], [4, 1]], .left: [[4, 1], [5, 2], [6, 3]],
        ]
        for orientation in ExifOrientation.allCases {
            for (y, row) in upright.enumerated() {
                for (x, pixel) in row.enumerated() {
                    let part = orientation.stored(CGRect(x: x, y: y, width: 1, height: 1), of: size)
                    XCTAssertEqual(part.size, CGSize(width: 1, height: 1))
                    XCTAssertEqual(stored[orientation]?[Int(part.minY)][Int(part.minX)], pixel, "\(orientation) \(x) \(y)")
                }
            }
        }
        XCTAssertEqual(
            ExifOrientation.right.stored(CGRect(x: 1, y: 0, width: 2, height: 1), of: size),
            CGRect(x: 0, y: 0, width: 1, height: 2))
    }

    func testAFrameIsShownTurnedAndMirrored() {
        XCTAssertEqual((0...4).map { ExifOrientation.up.turned(by: $0) }, [.up, .right, .down, .left, .up])
        XCTAssertEqual(ExifOrientation.right.turned(by: 3), .up)
        XCTAssertEqual(ExifOrientation.left.turned(by: -1), .down)
        for orientation in ExifOrientation.allCases {
            XCTAssertEqual(orientation.mirrored.mirrored, orientation)
            // As in a mirror, left is right: what is stored there changes places.
            let size = CGSize(width: 3, height: 2)
            let (left, right) = (CGRect(x: 0, y: 0, width: 1, height: 2), CGRect(x: 2, y: 0, width: 1, height: 2))
            XCTAssertEqual(orientation.mirrored.stored(left, of: size), orientation.stored(right, of: size))
        }
    }

    func testTagsOfFilesAreTakenAsTheyAreOrNotAtAll() {
        for tag in 1...8 { XCTAssertEqual(ExifOrientation(tag: tag).rawValue, tag) }
        for tag in [nil, 0, 9, -1] { XCTAssertEqual(ExifOrientation(tag: tag), .up) }
    }
}
