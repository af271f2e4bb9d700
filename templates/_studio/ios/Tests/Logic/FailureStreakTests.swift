import XCTest

@testable import App

final class FailureStreakTests: XCTestCase {
    func testOneFrameThatFailsIsNoReasonToGiveUp() {
        var failures = FailureStreak()
        for _ in 0..<1000 {
            XCTAssertFalse(failures.fail())
            failures.end()
        }
    }

    func testManyInARowAre() {
        var failures = FailureStreak()
        for _ in 1..<FailureStreak.most { XCTAssertFalse(failures.fail()) }
        XCTAssertTrue(failures.fail())
    }
}
