import XCTest

@testable import App

final class HandoverTests: XCTestCase {
    func testWhatIsAskedForIsMadeShownAndClosed() {
        let asked = after([.asked])
        XCTAssertTrue(asked.isAtWork)
        let made = asked.after(.done("a picture"))
        XCTAssertFalse(made.isAtWork)
        XCTAssertEqual(made.made, "a picture")
        XCTAssertNil(made.after(.closed).made)
        XCTAssertEqual([after([]), asked, made, made.after(.closed)].map(\.isNone), [true, false, false, true])
    }

    func testThatThereIsNothingIsSaidUntilItIsClosed() {
        let nothing = after([.asked, .done(nil)])
        XCTAssertTrue(nothing.isNothingThere)
        XCTAssertFalse(nothing.after(.closed).isNothingThere)
        XCTAssertFalse(nothing.after(.asked).isNothingThere)
    }

    func testAFailureIsSaidUntilItIsClosed() {
        let failed = after([.asked, .broken])
        XCTAssertTrue(failed.hasFailed)
        XCTAssertFalse(failed.after(.closed).hasFailed)
    }

    /// A screen that goes closes what it showed, also after something else was asked for.
    func testWorkGoesOnWhateverIsClosed() {
        let asked = after([.asked, .done("first"), .asked])
        XCTAssertTrue(asked.after(.closed).isAtWork)
        XCTAssertTrue(asked.after(.asked).isAtWork)
        XCTAssertEqual(asked.after(.closed).after(.done("second")).made, "second")
    }

    func testWhatNobodyAskedForIsNotShown() {
        XCTAssertNil(after([.done("late")]).made)
        XCTAssertFalse(after([.done(nil)]).isNothingThere)
        XCTAssertFalse(after([.broken]).hasFailed)
        XCTAssertEqual(after([.asked, .done("first"), .done("late")]).made, "first")
    }

    private func after(_ events: [Handover<String>.Event]) -> Handover<String> {
        events.reduce(.none) { $0.after($1) }
    }
}
