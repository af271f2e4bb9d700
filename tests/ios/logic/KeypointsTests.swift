import XCTest

@testable import App

final class KeypointsTests: XCTestCase {
    private let layer = KeypointLayer(skeleton: [Limb(from: 0, to: 1), Limb(from: 1, to: 2)])

    func testKeypointsAndLimbsAreInTheView() {
        let marks = marks([pose([(10, 20), (30, 20), (30, 60)], classIndex: 4)])
        let places = [CGPoint(x: 20, y: 40), CGPoint(x: 60, y: 40), CGPoint(x: 60, y: 120)]
        let color = ClassColor(classIndex: 4)
        XCTAssertEqual(
            marks,
            [
                .path([places[0], places[1]], isClosed: false, color),
                .path([places[1], places[2]], isClosed: false, color),
                .dot(places[0], color), .dot(places[1], color), .dot(places[2], color),
            ])
    }

    func testKeypointsAreTurnedAndMirrored() {
        let result = result([pose([(10, 20)], classIndex: 0)])
        let view = CGSize(width: 100, height: 200)  // the picture, 200 by 100, turned
        let turned = PictureMapping(picture: result.size, quarterTurns: 1, view: view, aspect: .fit)
        XCTAssertEqual(dots(layer.marks(for: result, in: turned)), [CGPoint(x: 80, y: 10)])
        let mirrored = PictureMapping(picture: result.size, quarterTurns: 1, isMirrored: true, view: view, aspect: .fit)
        XCTAssertEqual(dots(layer.marks(for: result, in: mirrored)), [CGPoint(x: 20, y: 10)])
    }

    func testKeypointThatIsNotFiniteIsNotDrawn() {
        let result = result([pose([(10, 20), (.nan, 20), (30, .infinity)], classIndex: 0)])
        let mapping = PictureMapping(picture: result.size, quarterTurns: 0, view: result.size, aspect: .fit)
        let marks = layer.marks(for: result, in: mapping)
        XCTAssertEqual(marks, [.dot(CGPoint(x: 10, y: 20), ClassColor(classIndex: 0))])
    }

    func testHiddenKeypointIsNotDrawn() {
        var hidden = pose([(10, 20), (30, 20), (30, 60)], classIndex: 0)
        hidden.keypoints[0].isVisible = false
        let marks = marks([hidden])
        XCTAssertEqual(dots(marks).count, 2)
        XCTAssertEqual(marks.count - dots(marks).count, 1, "a limb needs both of its ends")
    }

    func testMostConfidentPoseIsOnTop() {
        let dots = dots(marks([pose([(10, 10)], classIndex: 0), pose([(20, 10)], classIndex: 0)]))
        XCTAssertEqual(dots, [CGPoint(x: 40, y: 20), CGPoint(x: 20, y: 20)])
    }

    /// In a view in which a pixel is two points wide.
    private func marks(_ poses: [Box]) -> [Mark] {
        let result = result(poses)
        let view = CGSize(width: 2 * result.size.width, height: 2 * result.size.height)
        return layer.marks(for: result, in: PictureMapping(picture: result.size, view: view, aspect: .fit))
    }

    private func dots(_ marks: [Mark]) -> [CGPoint] {
        marks.compactMap { if case .dot(let place, _) = $0 { place } else { nil } }
    }

    private func result(_ poses: [Box]) -> VisionResult {
        let size = CGSize(width: 200, height: 100)
        return FakePipeline.result(poses, size: size)
    }

    private func pose(_ places: [(Double, Double)], classIndex: Int) -> Box {
        let points = places.map { Keypoint(place: CGPoint(x: $0.0, y: $0.1), score: 0.9, isVisible: true) }
        var box = Box.of(0, 0, 80, 80, score: 0.9, classIndex: classIndex)
        box.keypoints = points
        return box
    }
}
