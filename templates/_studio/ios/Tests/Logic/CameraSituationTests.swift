import XCTest

@testable import App

final class CameraSituationTests: XCTestCase {
    private let good = CameraSituation(permission: .granted)

    func testACameraThatIsAllowedRuns() {
        XCTAssertEqual(good.action, .run)
        XCTAssertNil(good.notice)
    }

    func testThePermissionIsAskedForWhenTheCameraIsWanted() {
        XCTAssertEqual(with { $0.permission = .notAsked }.action, .ask)
        XCTAssertNil(with { $0.permission = .notAsked }.notice, "the system's question is on the screen")
        XCTAssertEqual(
            with {
                $0.permission = .notAsked
                $0.wanted = nil
            }.action, .rest)
    }

    func testWhoIsNewIsToldWhatTheAppDoesBeforeTheQuestion() {
        let new = with {
            $0.permission = .notAsked
            $0.isNew = true
        }
        XCTAssertEqual(new.action, .rest)
        XCTAssertEqual(new.notice, .welcome)
        XCTAssertEqual(new.notice?.remedy, .askForCamera)
        XCTAssertEqual(with { $0.isNew = true }.action, .run, "who has allowed it needs no more words")
        XCTAssertNil(with { $0.isNew = true }.notice)
    }

    func testARefusalHasAWayToTheSettings() {
        let refused = with { $0.permission = .refused }
        XCTAssertEqual(refused.action, .rest)
        XCTAssertEqual(refused.notice?.remedy, .openSettings)
    }

    func testARestrictionCannotBeLifted() {
        let restricted = with { $0.permission = .restricted }
        XCTAssertEqual(restricted.action, .rest)
        XCTAssertEqual(restricted.notice, .cameraRestricted)
        XCTAssertNil(restricted.notice?.remedy)
    }

    func testWithoutACameraNobodyIsAskedForIt() {
        let none = with {
            $0.hasCamera = false
            $0.permission = .notAsked
        }
        XCTAssertEqual(none.action, .rest)
        XCTAssertEqual(none.notice, .noCamera)
    }

    func testAVideoPlaysWhateverTheCameraIs() {
        for permission in [CameraSituation.Permission.notAsked, .granted, .refused, .restricted] {
            let video = CameraSituation(hasCamera: false, permission: permission, wanted: .video, hasFailed: true)
            XCTAssertEqual(video.action, .play)
            XCTAssertNil(video.notice)
        }
        XCTAssertEqual(with { ($0.wanted, $0.isInBackground) = (.video, true) }.action, .rest)
    }

    func testBehindAPhotoAndInTheBackgroundTheCameraRests() {
        XCTAssertEqual(with { $0.wanted = nil }.action, .rest)
        XCTAssertEqual(with { $0.isInBackground = true }.action, .rest)
    }

    func testBehindAPhotoNothingIsSaidOfTheCamera() {
        let broken = with {
            $0.wanted = nil
            $0.hasFailed = true
            $0.heat = .critical
        }
        XCTAssertNil(broken.notice)
    }

    func testAFailureLastsUntilTheUserTriesAgain() {
        let failed = good.after(.failed)
        XCTAssertEqual(failed.action, .rest)
        XCTAssertEqual(failed.notice?.remedy, .startCamera)
        for event: CameraSituation.Event in [.heat(.fair), .wanted(.camera), .inBackground(true, .granted), .failed] {
            XCTAssertTrue(failed.after(event).hasFailed)
        }
        XCTAssertEqual(failed.after(.triedAgain), good)
    }

    func testAFailedCameraStartsAgainWhenTheUserOrTheSystemComesBack() {
        let failed = good.after(.failed)
        let ways: [[CameraSituation.Event]] = [
            [.inBackground(true, .granted), .inBackground(false, .granted)],
            [.inBackground(true, .granted), .failed, .inBackground(false, .granted)],
            [.wanted(nil), .wanted(.camera)],
            [.wanted(.video), .failed, .wanted(.camera)],
            [.interrupted(.usedElsewhere), .resumed],
            [.lost],
        ]
        for way in ways { XCTAssertEqual(way.reduce(failed) { $0.after($1) }, good, "\(way)") }
        let refused = failed.after(.inBackground(true, .granted)).after(.inBackground(false, .refused))
        XCTAssertEqual(refused.notice, .cameraRefused)
    }

    func testTooHotADeviceRestsAndGoesOnByItself() {
        for heat in [Heat.nominal, .fair, .serious] { XCTAssertEqual(with { $0.heat = heat }.action, .run) }
        let hot = with {
            $0.heat = .critical
            $0.hasFailed = true
        }
        XCTAssertEqual(hot.action, .rest)
        XCTAssertEqual(hot.notice, .cameraTooHot)
        XCTAssertNil(hot.notice?.remedy)
    }

    func testAnInterruptionIsSaidAndTheSessionIsLeftToComeBack() {
        let all: [CameraSituation.Interruption] = [
            .usedElsewhere, .splitView, .systemPressure, .sensitiveContent, .other,
        ]
        for interruption in all {
            let interrupted = with { $0.interruption = interruption }
            XCTAssertEqual(interrupted.action, .run)
            XCTAssertEqual(interrupted.notice, .cameraInterrupted(interruption))
            XCTAssertNil(interrupted.notice?.remedy)
        }
        XCTAssertEqual(Set(all.compactMap { Notice.cameraInterrupted($0).textKey }).count, all.count)
    }

    func testAnInterruptionEndsWithTheCameraThatItInterrupted() {
        let interrupted = good.after(.interrupted(.systemPressure))
        let ways: [[CameraSituation.Event]] = [
            [.wanted(nil), .wanted(.camera)],
            [.wanted(.video), .wanted(.camera)],
            [.heat(.critical), .heat(.nominal)],
            [.inBackground(true, .granted), .inBackground(false, .granted)],
            [.failed, .triedAgain],
            [.lost],
            [.resumed],
        ]
        for way in ways { XCTAssertEqual(way.reduce(interrupted) { $0.after($1) }, good, "\(way)") }
    }

    func testAFailureSaysMoreThanAnInterruption() {
        let both = with {
            $0.hasFailed = true
            $0.interruption = .usedElsewhere
        }
        XCTAssertEqual(both.notice, .cameraFailed)
    }

    func testASlowStartIsSaidWhereNothingElseIs() {
        let slow = with { $0.isStartingSlowly = true }
        XCTAssertEqual(slow.action, .run)
        XCTAssertEqual(slow.notice, .cameraStarting)
        XCTAssertNil(slow.notice?.remedy)
        for change: (inout CameraSituation) -> Void in [
            { $0.interruption = .usedElsewhere }, { $0.hasFailed = true }, { $0.heat = .critical },
        ] {
            var other = slow
            change(&other)
            XCTAssertNotEqual(other.notice, .cameraStarting)
        }
        XCTAssertNil(
            with {
                $0.isStartingSlowly = true
                $0.wanted = nil
            }.notice)
    }

    /// All of the 4 x 2 x 2 x 2 x 2 x 2 x 4 situations, by what must hold in each.
    func testNoSituationIsForgotten() {
        for permission in [CameraSituation.Permission.notAsked, .granted, .refused, .restricted] {
            for bits in 0..<32 {
                for heat in [Heat.nominal, .fair, .serious, .critical] {
                    let situation = CameraSituation(
                        hasCamera: bits & 1 != 0, permission: permission, isNew: bits & 16 != 0,
                        wanted: bits & 2 != 0 ? .camera : nil, isInBackground: bits & 4 != 0, hasFailed: bits & 8 != 0,
                        heat: heat)
                    if situation.action == .run {
                        XCTAssertTrue(situation.hasCamera && situation.wanted == .camera && !situation.isInBackground)
                        XCTAssertEqual(permission, .granted)
                        XCTAssertNil(situation.notice)
                    }
                    if situation.action == .ask { XCTAssertEqual(permission, .notAsked) }
                    let isDarkWithoutReason =
                        situation.action == .rest && situation.wanted == .camera && !situation.isInBackground
                        && situation.notice == nil
                    XCTAssertFalse(isDarkWithoutReason, "\(situation)")
                }
            }
        }
    }

    private func with(_ change: (inout CameraSituation) -> Void) -> CameraSituation {
        var situation = good
        change(&situation)
        return situation
    }
}
