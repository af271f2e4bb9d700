import XCTest

@testable import App

final class BoxLayerTests: XCTestCase {
    func testTheBestLiesOnTop() {
        let outlines = outlines([box(0, classIndex: 2), box(200, classIndex: 1)])
        XCTAssertEqual(outlines.map(\.rect.minX), [200, 0])
        XCTAssertEqual(outlines.last?.color, ClassColor(classIndex: 2))
    }

    func testWhatIsSeenAtTheLowerConfidenceAloneIsDashed() {
        let size = CGSize(width: 400, height: 400)
        var result = PictureResult(
            boxes: [box(0, classIndex: 2)], size: size, times: StageTimes(letterbox: 0, model: 0, boxes: 0))
        result.comparison = Comparison(wanted: 0.25, other: 0.95)
        let marks = BoxLayer().marks(for: result, in: PictureMapping(picture: size, view: size, aspect: .fit))
        let corners = [(0.0, 40.0), (10, 40), (10, 50), (0, 50)].map { CGPoint(x: $0.0, y: $0.1) }
        XCTAssertEqual(marks, Mark.dashes(around: corners, ClassColor(classIndex: 2)))
    }

    func testWhatCannotBeSeenIsNotDrawn() {
        XCTAssertEqual(outlines([box(190, classIndex: 0)], width: 100).count, 1)
        XCTAssertEqual(outlines([box(0, classIndex: 0)], width: 100).count, 0)
    }

    /// In a view as high as the picture, with a pixel a point; where it is narrower, in the picture's middle.
    private func outlines(_ boxes: [Box], width: Double = 400) -> [(rect: CGRect, color: ClassColor)] {
        let size = CGSize(width: 400, height: 400)
        let result = PictureResult(boxes: boxes, size: size, times: StageTimes(letterbox: 0, model: 0, boxes: 0))
        let mapping = PictureMapping(picture: size, view: CGSize(width: width, height: 400), aspect: .fill)
        return BoxLayer().marks(for: result, in: mapping).compactMap { mark in
            if case .outline(let rect, let color) = mark { (rect, color) } else { nil }
        }
    }

    private func box(_ left: Double, classIndex: Int) -> Box {
        Box(left: left, top: 40, right: left + 10, bottom: 50, score: 0.9, classIndex: classIndex)
    }
}
