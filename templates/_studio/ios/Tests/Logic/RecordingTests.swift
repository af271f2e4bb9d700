import XCTest

@testable import App

final class RecordingTests: XCTestCase {
    private let now = Date(timeIntervalSince1970: 1000)
    private let one = Made("one")
    private let two = Made("two")

    func testARecordingRunsUntilItIsStoppedAndWhole() {
        let running = after([.asked(now)])
        XCTAssertEqual(running.work, .running(since: now))
        XCTAssertEqual(running.after(.asked(now + 1)).work, .running(since: now), "one at a time")
        let ending = running.after(.stopped)
        XCTAssertEqual(ending.work, .ending)
        XCTAssertEqual(ending.after(.asked(now)).work, .ending)
        XCTAssertEqual([running.isBusy, ending.isBusy], [true, true])
        XCTAssertFalse(ending.after(.done(one)).isBusy)
        XCTAssertFalse(running.after(.done(one)).isBusy, "it was long enough")
    }

    func testWhatBreaksIsSaidUntilItIsRead() {
        for state in [after([.asked(now)]), after([.asked(now), .stopped])] {
            XCTAssertEqual(state.after(.broken).work, .failed)
            XCTAssertFalse(state.after(.broken).isBusy)
        }
        let failed = after([.asked(now), .broken])
        XCTAssertEqual(failed.after(.closed).work, .none)
        XCTAssertEqual(failed.after(.asked(now)).work, .running(since: now))
        XCTAssertEqual(after([.broken]).work, .none, "nobody waits for it")
    }

    func testNothingHappensToWhatIsNot() {
        for event in [RecordingState.Event.stopped, .done(one), .closed] {
            XCTAssertEqual(after([event]).work, .none)
            XCTAssertNil(after([event]).last)
        }
        XCTAssertEqual(after([.asked(now), .closed]).work, .running(since: now))
    }

    /// However its sheet was closed.
    func testTheLastVideoStaysUntilThereIsAnother() {
        let first = after([.asked(now), .stopped, .done(one), .closed])
        XCTAssertEqual(first.last, one)
        XCTAssertEqual(first.after(.asked(now)).last, one)
        XCTAssertEqual(first.after(.asked(now)).after(.done(nil)).last, one, "nothing came of it")
        XCTAssertEqual(first.after(.asked(now)).after(.broken).after(.closed).last, one)
        XCTAssertEqual(first.after(.asked(now)).after(.done(two)).last, two)
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

    private func after(_ events: [RecordingState.Event]) -> RecordingState {
        events.reduce(RecordingState()) { $0.after($1) }
    }

    func testARecordingEndsBeforeTheDeviceIsFull() {
        var room = RecordingRoom()
        var asked = 0
        func isGone(at time: Double, free: Int64?) -> Bool {
            room.isGone(at: time) {
                asked += 1
                return free
            }
        }
        XCTAssertFalse(isGone(at: 5, free: RecordingRoom.least))
        XCTAssertFalse(isGone(at: 5.9, free: 0), "not asked yet")
        XCTAssertEqual(asked, 1)
        XCTAssertTrue(isGone(at: 6, free: RecordingRoom.least - 1))
        XCTAssertFalse(isGone(at: 7, free: nil), "nobody knows")
        XCTAssertEqual(asked, 3)
        var fresh = RecordingRoom()
        XCTAssertTrue(fresh.isGone(at: 0) { 0 }, "the first frame asks")
    }
}
