import XCTest

@testable import App

final class PictureMappingTests: XCTestCase {
    func testAPictureThatFitsHasBars() {
        let mapping = PictureMapping(
            picture: CGSize(width: 200, height: 100), view: CGSize(width: 100, height: 100), aspect: .fit)
        XCTAssertEqual(mapping.scale, 0.5)
        XCTAssertEqual(mapping.frame, CGRect(x: 0, y: 25, width: 100, height: 50))
        XCTAssertEqual(mapping.visible, mapping.frame)
    }

    func testAPictureThatFillsSticksOut() {
        let mapping = PictureMapping(
            picture: CGSize(width: 200, height: 100), view: CGSize(width: 100, height: 100), aspect: .fill)
        XCTAssertEqual(mapping.scale, 1)
        XCTAssertEqual(mapping.frame, CGRect(x: -50, y: 0, width: 200, height: 100))
        XCTAssertEqual(mapping.visible, CGRect(x: 0, y: 0, width: 100, height: 100))
    }

    func testWithoutAnAreaThereIsNothing() {
        for (picture, view) in [(CGSize.zero, size), (size, .zero), (CGSize(width: 5, height: 0), size)] {
            let mapping = PictureMapping(picture: picture, view: view, aspect: .fill)
            XCTAssertTrue(mapping.isEmpty)
            XCTAssertEqual(mapping.visible, .zero)
        }
        XCTAssertFalse(PictureMapping(picture: size, view: size, aspect: .fit).isEmpty)
    }

    /// A phone's screen under a bar and over buttons, which the camera's picture fills.
    func testWordsHaveThePartOfThePictureThatNoControlCovers() {
        let (picture, view) = (CGSize(width: 720, height: 1280), CGSize(width: 390, height: 844))
        let covered = Margins(left: 1, top: 100, right: 2, bottom: 150)
        let mapping = PictureMapping(picture: picture, view: view, aspect: .fill, covered: covered)
        XCTAssertEqual(mapping.visible, CGRect(origin: .zero, size: view))
        XCTAssertEqual(mapping.free, CGRect(x: 1, y: 100, width: 387, height: 594))
        let whole = PictureMapping(picture: picture, view: view, aspect: .fit)
        XCTAssertEqual(whole.free, whole.visible)
        let high = PictureMapping(picture: picture, view: view, aspect: .fill, covered: Margins(top: 500, bottom: 600))
        XCTAssertEqual(high.free, CGRect(x: 0, y: 500, width: 390, height: 0), "controls cover all of it")
        let beside = PictureMapping(
            picture: CGSize(width: 100, height: 1), view: CGSize(width: 100, height: 100), aspect: .fit,
            covered: Margins(top: 80))
        XCTAssertEqual(beside.free, .zero)
    }

    /// The corner at the upper left of a picture of 4 x 2 pixels, after each turn and in the mirror.
    func testACornerTurnsClockwiseAndIsMirroredAfterwards() {
        let expected: [(Int, Bool, CGRect)] = [
            (0, false, CGRect(x: 0, y: 0, width: 1, height: 1)),
            (1, false, CGRect(x: 1, y: 0, width: 1, height: 1)),
            (2, false, CGRect(x: 3, y: 1, width: 1, height: 1)),
            (3, false, CGRect(x: 0, y: 3, width: 1, height: 1)),
            (0, true, CGRect(x: 3, y: 0, width: 1, height: 1)),
            (1, true, CGRect(x: 0, y: 0, width: 1, height: 1)),
            (2, true, CGRect(x: 0, y: 1, width: 1, height: 1)),
            (3, true, CGRect(x: 1, y: 3, width: 1, height: 1)),
        ]
        for (turns, isMirrored, rect) in expected {
            let view = turns % 2 == 0 ? CGSize(width: 4, height: 2) : CGSize(width: 2, height: 4)
            let mapping = PictureMapping(
                picture: CGSize(width: 4, height: 2), quarterTurns: turns, isMirrored: isMirrored, view: view, aspect: .fit)
            XCTAssertEqual(mapping.rect(from: .zero, to: CGPoint(x: 1, y: 1)), rect, "\(turns) turns, mirrored: \(isMirrored)")
        }
    }

    /// Independent of the code: the box's corners turned about the picture's middle by an angle, mirrored there, scaled, and
    /// moved to the view's middle.
    func testRandomBoxesLieWhereATurnAboutTheMiddlePutsThem() {
        var random = RandomNumbers(seed: 1)
        for _ in 0..<2000 {
            let picture = CGSize(width: .random(in: 1...4000, using: &random), height: .random(in: 1...4000, using: &random))
            let view = CGSize(width: .random(in: 1...1400, using: &random), height: .random(in: 1...1400, using: &random))
            let turns = Int.random(in: 0...3, using: &random)
            let isMirrored = Bool.random(using: &random)
            let aspect: Aspect = Bool.random(using: &random) ? .fit : .fill
            let mapping = PictureMapping(
                picture: picture, quarterTurns: turns, isMirrored: isMirrored, view: view, aspect: aspect)

            let angle = Double(turns) * .pi / 2
            let shown = (
                width: abs(picture.width * cos(angle)) + abs(picture.height * sin(angle)),
                height: abs(picture.width * sin(angle)) + abs(picture.height * cos(angle))
            )
            let scales = [view.width / shown.width, view.height / shown.height].sorted()
            let scale = aspect == .fit ? scales[0] : scales[1]
            func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
                let (fromMiddleX, fromMiddleY) = (x - picture.width / 2, y - picture.height / 2)
                let turnedX = fromMiddleX * cos(angle) - fromMiddleY * sin(angle)
                let turnedY = fromMiddleX * sin(angle) + fromMiddleY * cos(angle)
                let mirroredX = isMirrored ? -turnedX : turnedX
                return (view.width / 2 + mirroredX * scale, view.height / 2 + turnedY * scale)
            }

            let left = Double.random(in: 0...picture.width, using: &random)
            let right = Double.random(in: left...picture.width, using: &random)
            let top = Double.random(in: 0...picture.height, using: &random)
            let bottom = Double.random(in: top...picture.height, using: &random)
            let corners = [place(left, top), place(right, bottom)]
            let rect = mapping.rect(from: CGPoint(x: left, y: top), to: CGPoint(x: right, y: bottom))
            let tolerance = 1e-6 * max(view.width, view.height, 1)
            XCTAssertEqual(rect.minX, corners.map(\.x).min() ?? .nan, accuracy: tolerance)
            XCTAssertEqual(rect.maxX, corners.map(\.x).max() ?? .nan, accuracy: tolerance)
            XCTAssertEqual(rect.minY, corners.map(\.y).min() ?? .nan, accuracy: tolerance)
            XCTAssertEqual(rect.maxY, corners.map(\.y).max() ?? .nan, accuracy: tolerance)
            XCTAssertEqual(mapping.scale, scale, accuracy: 1e-9 * scale)
        }
    }

    func testTheWholePictureIsTheFrameAndWhatIsSeenIsInTheView() {
        var random = RandomNumbers(seed: 2)
        for _ in 0..<500 {
            let picture = CGSize(width: .random(in: 1...999, using: &random), height: .random(in: 1...999, using: &random))
            let view = CGSize(width: .random(in: 1...999, using: &random), height: .random(in: 1...999, using: &random))
            for aspect in Aspect.allCases {
                let mapping = PictureMapping(
                    picture: picture, quarterTurns: .random(in: 0...3, using: &random), view: view, aspect: aspect)
                let whole = mapping.rect(from: .zero, to: CGPoint(x: picture.width, y: picture.height))
                XCTAssertEqual(whole.minX, mapping.frame.minX, accuracy: 1e-6)
                XCTAssertEqual(whole.maxY, mapping.frame.maxY, accuracy: 1e-6)
                XCTAssertGreaterThanOrEqual(mapping.visible.minX, 0)
                XCTAssertLessThanOrEqual(mapping.visible.maxX, view.width + 1e-6)
                XCTAssertLessThanOrEqual(mapping.visible.maxY, view.height + 1e-6)
                // One side at least is as long as the view's.
                let touches = [abs(mapping.frame.width - view.width), abs(mapping.frame.height - view.height)]
                XCTAssertLessThan(touches.min() ?? .nan, 1e-6)
            }
        }
    }

    /// Of a sensor of 4 x 2 pixels: where its upper left pixel is seen, for every angle of the preview and of the frame that
    /// was looked at, with and without a mirror. The frame's angle must not matter.
    func testAPixelOfTheSensorIsSeenWhereThePreviewShowsIt() {
        let seen: [Double: CGPoint] = [
            0: CGPoint(x: 0.5, y: 0.5), 90: CGPoint(x: 1.5, y: 0.5), 180: CGPoint(x: 3.5, y: 1.5), 270: CGPoint(x: 0.5, y: 3.5),
        ]
        // The same pixel in the frame, once that is turned by its own angle.
        let found: [Double: CGPoint] = seen
        for (preview, place) in seen {
            for (capture, pixel) in found {
                for isMirrored in [false, true] {
                    let isUpright = QuarterTurns.count(degrees: capture) % 2 == 0
                    let isLevel = QuarterTurns.count(degrees: preview) % 2 == 0
                    let view = isLevel ? CGSize(width: 4, height: 2) : CGSize(width: 2, height: 4)
                    let mapping = PictureMapping(
                        picture: isUpright ? CGSize(width: 4, height: 2) : CGSize(width: 2, height: 4),
                        quarterTurns: QuarterTurns.count(from: capture, to: preview), isMirrored: isMirrored, view: view,
                        aspect: .fit)
                    let expected = isMirrored ? CGPoint(x: view.width - place.x, y: place.y) : place
                    XCTAssertEqual(mapping.point(of: pixel), expected, "\(preview), \(capture), \(isMirrored)")
                    XCTAssertEqual(mapping.pixel(at: expected), pixel, "\(preview), \(capture), \(isMirrored)")
                }
            }
        }
    }

    func testPointsGoBothWays() throws {
        var random = RandomNumbers(seed: 3)
        for _ in 0..<500 {
            let mapping = PictureMapping(
                picture: CGSize(width: .random(in: 1...999, using: &random), height: .random(in: 1...999, using: &random)),
                quarterTurns: .random(in: 0...3, using: &random), isMirrored: .random(using: &random),
                view: CGSize(width: .random(in: 1...999, using: &random), height: .random(in: 1...999, using: &random)),
                aspect: Bool.random(using: &random) ? .fit : .fill)
            let pixel = CGPoint(x: .random(in: -99...999, using: &random), y: .random(in: -99...999, using: &random))
            let back = try XCTUnwrap(mapping.pixel(at: mapping.point(of: pixel)))
            XCTAssertEqual(back.x, pixel.x, accuracy: 1e-6)
            XCTAssertEqual(back.y, pixel.y, accuracy: 1e-6)
        }
        XCTAssertNil(PictureMapping(picture: .zero, view: size, aspect: .fit).pixel(at: .zero))
    }

    private let size = CGSize(width: 10, height: 10)
}
