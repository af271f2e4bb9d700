import XCTest

@testable import App

final class HeldNumbersTests: XCTestCase {
    func testAThingHasTheNumberAndTheTrailOfTheOneThatItOverlapsMost() {
        var near = box(0, 10, track: 3)
        near.trail = [.zero]
        let shown = numbered([box(1, 11)], held: [box(4, 14, track: 7), near])
        XCTAssertEqual(shown.map(\.track), [3])
        XCTAssertEqual(shown[0].trail, [.zero])
        XCTAssertEqual(shown[0].left, 1, "its place is its own")
    }

    func testANumberIsGivenOnceToTheSurest() {
        let shown = numbered([box(0, 10, score: 0.4), box(1, 11, score: 0.8)], held: [box(0, 10, track: 3)])
        XCTAssertEqual(shown.map(\.track), [nil, 3])
    }

    func testAnotherClassOrLessThanAHalfIsAnotherThing() {
        let held = [box(0, 10, track: 3, classIndex: 1), box(4, 14, track: 4), box(0, 10)]
        XCTAssertEqual(numbered([box(0, 10)], held: held).map(\.track), [nil])
        XCTAssertEqual(numbered([box(3, 9)], held: [box(3, 15, track: 5)]).map(\.track), [5], "just a half")
    }

    private func numbered(_ boxes: [Box], held: [Box]) -> [Box] {
        var result = TestPipeline.result(0)
        result.boxes = boxes
        HeldNumbers(of: held).process(&result)
        return result.boxes
    }

    private func box(
        _ left: Double, _ right: Double, score: Double = 0.5, track: Int? = nil, classIndex: Int = 0
    ) -> Box {
        Box(left: left, top: 0, right: right, bottom: 10, score: score, classIndex: classIndex, track: track)
    }
}
