import XCTest

@testable import App

/// Sharing and recording.
final class ShareStateTests: XCTestCase {
    private let item = ShareItem("item")
    private let now = Date(timeIntervalSince1970: 1000)

    func testOneThingIsPreparedAtATime() {
        var state = ShareState()
        XCTAssertTrue(state.begin(.preparing))
        XCTAssertFalse(state.isIdle)
        XCTAssertFalse(state.begin(.recording(since: now)))
        state.finish(item)
        XCTAssertEqual(state.item, item)
        XCTAssertTrue(state.begin(.preparing))
        XCTAssertNil(state.item, "its sheet closes")
        state.finish(nil)
        XCTAssertEqual(state.failure, .nothingToShare)
        XCTAssertTrue(state.begin(.preparing))
        state.fail(.failed)
        XCTAssertEqual(state.failure, .failed)
    }

    func testLastRecordingStaysUntilTheNext() {
        var state = ShareState()
        XCTAssertTrue(state.begin(.recording(since: now)))
        state.stopRecording()
        XCTAssertEqual(state.work, .finishing)
        state.finishRecording(item)
        XCTAssertEqual(state.item, item)
        state.item = nil
        XCTAssertEqual(state.lastVideo, item)
        XCTAssertTrue(state.begin(.recording(since: now)))
        state.finishRecording(nil)
        XCTAssertEqual(state.lastVideo, item)
        XCTAssertTrue(state.begin(.recording(since: now)))
        state.fail(.recordingFailed)
        XCTAssertFalse(state.isBusy)
    }

    func testRecordingLastsTenMinutesAndSkipsRepeatedTimes() {
        var clock = RecordingClock()
        XCTAssertEqual([100, 100.5, 100.5, 100.25, 101].map { clock.next($0) }, [0, 0.5, nil, nil, 1])
        XCTAssertEqual(clock.next(699.5), 599.5)
        XCTAssertNil(clock.next(700))
        XCTAssertTrue(clock.isOver)
        XCTAssertEqual(clock.seconds, 599.5)
    }

    func testRecordingEndsBeforeTheDeviceIsFull() {
        var room = RecordingRoom()
        XCTAssertFalse(room.isGone(at: 5) { RecordingRoom.minFree })
        XCTAssertFalse(room.isGone(at: 5.9) { 0 }, "asked once a second")
        XCTAssertTrue(room.isGone(at: 6) { RecordingRoom.minFree - 1 })
        XCTAssertFalse(room.isGone(at: 7) { nil }, "unknown")
    }

    func testVideoSidesAreEvenAndNoLongerThanTheCameras() {
        for (size, expected) in [((3840.0, 2160.0), [1280, 720]), ((360, 640), [360, 640]), ((639, 481), [640, 482]), ((100_000, 1), [1280, 2])] {
            XCTAssertEqual(VideoSize.fitting(width: size.0, height: size.1).map { [$0.width, $0.height] }, expected)
        }
        for (width, height) in [(0.0, 100.0), (.nan, 4), (4, .infinity)] {
            XCTAssertNil(VideoSize.fitting(width: width, height: height))
        }
    }
}
