import XCTest

@testable import App

final class SamplesTests: XCTestCase {
    func testWhereThereIsMostToSeeComesFirst() {
        XCTAssertEqual(Samples.order([(100, 1), (100, 3), (120, 0), (90, 3)].map(Sample.init)), [1, 3, 0, 2])
    }

    func testAFewPixelsAreNoPicture() {
        XCTAssertEqual(Samples.order([(28_000, 0), (391, 9), (7_000, 0)].map(Sample.init)), [0, 2])
        XCTAssertEqual(Samples.order([]), [])
    }

    func testTheStagesShareTheTime() {
        XCTAssertEqual(StageTimes(letterbox: 1, model: 2, boxes: 1).shares, [0.25, 0.5, 0.25])
        XCTAssertEqual(StageTimes(letterbox: 0, model: 0, boxes: 0).shares, [0, 0, 0])
    }
}
