import XCTest

@testable import App

final class HandoverTests: XCTestCase {
    private let first = Made("first")
    private let second = Made("second")

    func testWhatIsAskedForIsMadeShownAndClosed() {
        let asked = after([.asked])
        XCTAssertTrue(asked.isAtWork)
        let made = asked.after(.done(first))
        XCTAssertFalse(made.isAtWork)
        XCTAssertEqual(made.made, first)
        XCTAssertEqual(made.made?.content as? String, "first")
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
        let asked = after([.asked, .done(first), .asked])
        XCTAssertTrue(asked.after(.closed).isAtWork)
        XCTAssertTrue(asked.after(.asked).isAtWork)
        XCTAssertEqual(asked.after(.closed).after(.done(second)).made, second)
    }

    func testWhatNobodyAskedForIsNotShown() {
        XCTAssertNil(after([.done(second)]).made)
        XCTAssertFalse(after([.done(nil)]).isNothingThere)
        XCTAssertFalse(after([.broken]).hasFailed)
        XCTAssertEqual(after([.asked, .done(first), .done(second)]).made, first)
    }

    private func after(_ events: [Handover.Event]) -> Handover {
        events.reduce(Handover.none) { $0.after($1) }
    }
}
