import XCTest

@testable import App

final class TouchedThingTests: XCTestCase {
    private let size = CGSize(width: 100, height: 50)

    func testOfSeveralTheSmallestIsTouched() throws {
        let result = self.result([(0, 0, 100, 50, 0.9), (10, 10, 30, 30, 0.5), (20, 20, 60, 50, 0.7)])
        XCTAssertEqual(try thing(in: result, at: 25, 25)?.score, 0.5)
        XCTAssertEqual(try thing(in: result, at: 50, 40)?.score, 0.7)
        XCTAssertEqual(try thing(in: result, at: 90, 5)?.score, 0.9)
        XCTAssertEqual(result.surestThing?.score, 0.9)
    }

    func testBesideThemThereIsNone() throws {
        XCTAssertNil(try thing(in: result([(10, 10, 30, 30, 0.5)]), at: 40, 20))
        XCTAssertNil(try thing(in: result([]), at: 40, 20))
        XCTAssertNil(result([]).surestThing)
    }

    func testSomeOfWhatIsAroundItIsShownAndNothingBesideThePicture() {
        let box = result([(10, 10, 30, 20, 0.5)]).boxes[0]
        XCTAssertEqual(box.crop(of: size), CGRect(x: 8, y: 8, width: 24, height: 14))
        XCTAssertEqual(
            result([(0.5, 0, 100, 50, 0.5)]).boxes[0].crop(of: size), CGRect(x: 0, y: 0, width: 100, height: 50))
    }

    func testItsSizeIsSaidInPixelsAndAsAShare() {
        let box = result([(10, 10, 30.4, 20, 0.5)]).boxes[0]
        let words = ThingWords.size(of: box, in: size)
        for word in ["20", "10", "4 %"] { XCTAssertTrue(words.contains(word), words) }
    }

    private func thing(in result: PictureResult, at x: Double, _ y: Double) throws -> Box? {
        let mapping = PictureMapping(picture: size, view: size, aspect: .fit)
        return result.thing(at: try XCTUnwrap(TouchedPlace(at: CGPoint(x: x, y: y), in: mapping)))
    }

    private func result(_ boxes: [(Double, Double, Double, Double, Double)]) -> PictureResult {
        let boxes = boxes.map { Box(left: $0, top: $1, right: $2, bottom: $3, score: $4, classIndex: 0) }
        return PictureResult(boxes: boxes, size: size, times: StageTimes(letterbox: 1, model: 2, boxes: 3))
    }
}
