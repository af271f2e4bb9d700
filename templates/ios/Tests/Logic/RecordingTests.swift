import XCTest

@testable import App

final class RecordingTests: XCTestCase {
    private let now = Date(timeIntervalSince1970: 1000)

    func testARecordingRunsUntilItIsStoppedAndWhole() {
        let running = RecordingState.none.after(.asked(now))
        XCTAssertEqual(running, .running(since: now))
        XCTAssertEqual(running.after(.asked(now + 1)), running, "one at a time")
        XCTAssertEqual(running.after(.stopped), .ending)
        XCTAssertEqual(RecordingState.ending.after(.asked(now)), .ending)
        XCTAssertTrue(RecordingState.ending.after(.done).isNone)
        XCTAssertTrue(running.after(.done).isNone, "it was long enough")
    }

    func testWhatBreaksIsSaidUntilItIsRead() {
        for state in [RecordingState.running(since: now), .ending] { XCTAssertEqual(state.after(.broken), .failed) }
        XCTAssertTrue(RecordingState.failed.after(.closed).isNone)
        XCTAssertEqual(RecordingState.failed.after(.asked(now)), .running(since: now))
        XCTAssertTrue(RecordingState.none.after(.broken).isNone, "nobody waits for it")
    }

    func testNothingHappensToWhatIsNot() {
        for event in [RecordingState.Event.stopped, .done, .closed] { XCTAssertTrue(RecordingState.none.after(event).isNone) }
        XCTAssertEqual(RecordingState.running(since: now).after(.closed), .running(since: now))
    }

    func testFramesAreShownAtTheirOwnTimes() {
        var clock = RecordingClock()
        XCTAssertEqual(clock.next(100), 0)
        XCTAssertEqual(clock.next(100.5), 0.5)
        XCTAssertNil(clock.next(100.5), "the same time again")
        XCTAssertNil(clock.next(100.25), "an earlier one")
        XCTAssertEqual(clock.next(101), 1)
        XCTAssertEqual(clock.seconds, 1)
    }

    func testTenMinutesAreEnough() {
        var clock = RecordingClock()
        XCTAssertEqual(clock.next(5), 0)
        XCTAssertEqual(clock.next(604.5), 599.5)
        XCTAssertFalse(clock.isOver)
        XCTAssertNil(clock.next(605))
        XCTAssertTrue(clock.isOver)
        XCTAssertNil(clock.next(605.5))
        XCTAssertEqual(clock.seconds, 599.5)
    }
}
