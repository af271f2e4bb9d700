import XCTest

@testable import App

final class CameraTests: XCTestCase {
    private typealias Change = (inout CameraStatus) -> Void

    private let good = CameraStatus(permission: .granted)

    // MARK: The camera of the app

    @MainActor
    func testWelcomeComesBeforeTheSystemsQuestion() async {
        let app = TestApp { $0.permission = .notAsked }
        await app.wait { app.model.modelState == .ready }
        XCTAssertEqual(app.model.message, .welcome)
        XCTAssertEqual(app.device.permission, .notAsked)
        app.model.camera.endWelcome()
        await app.wait { app.model.camera.camera != nil }
    }

    @MainActor
    func testRefusedPermissionCanBeGivenInTheSettings() async {
        let app = TestApp { ($0.permission, $0.answer) = (.notAsked, .refused) }
        app.model.camera.endWelcome()
        await app.wait { app.model.message == .cameraRefused }
        XCTAssertEqual(app.model.message?.remedy, .openSettings)
        app.device.permission = .granted
        app.model.camera.setInBackground(true)
        app.model.camera.setInBackground(false)
        await app.wait { app.model.camera.camera != nil }
    }

    @MainActor
    func testFailedCameraIsTriedAgain() async {
        let app = TestApp(failing: "start")
        await app.wait { app.model.message == .cameraFailed }
        app.pipeline.failing = nil
        app.model.camera.tryAgain()
        await app.wait { app.model.camera.camera != nil }
    }

    @MainActor
    func testCameraSideIsSwitchedAndSaved() async {
        let defaults = TestApp.defaults()
        let app = TestApp(defaults: defaults)
        app.model.camera.switchCamera()
        await app.wait { app.model.camera.camera?.isMirrored == true }
        XCTAssertEqual(defaults.string(forKey: "camera"), "front")
        let one = TestApp(defaults: defaults) { $0.cameras = [.back] }
        await one.wait { one.model.camera.camera?.position == .back }
        XCTAssertFalse(one.model.camera.canSwitch)
    }

    @MainActor
    func testInterruptionIsReportedUntilItEnds() async {
        let app = await TestApp.ready()
        app.model.camera.switchTorch()
        await app.wait { app.model.camera.isTorchOn }
        app.pipeline.event.yield(.interrupted(.usedElsewhere))
        await app.wait { app.model.message == .cameraInterrupted(.usedElsewhere) }
        XCTAssertFalse(app.model.camera.isTorchOn)
        XCTAssertEqual(app.pipeline.count("cancel requests"), 1)
        app.model.camera.switchCamera()
        await app.wait { app.model.camera.camera?.position == .front }
        XCTAssertEqual(app.model.message, .cameraInterrupted(.usedElsewhere))
        app.pipeline.event.yield(.resumed)
        await app.wait { app.model.message == nil }
        app.pipeline.event.yield(.mustRestart)
        await app.wait { app.model.camera.camera?.run == 3 }
    }

    @MainActor
    func testTorchFollowsTheDevice() async {
        let app = await TestApp.ready()
        app.model.camera.switchTorch()
        await app.wait { app.model.camera.isTorchOn }
        app.pipeline.torch.yield(false)
        await app.wait { !app.model.camera.isTorchOn }
    }

    @MainActor
    func testAnglesReachTheDetectorOnce() async {
        let app = TestApp()
        app.model.camera.setAngles(CameraAngles(preview: 0, capture: 180))
        app.model.camera.setAngles(CameraAngles(preview: 0, capture: 180))
        await app.wait { app.pipeline.count("angle 180.0") == 1 }
    }

    // MARK: The status

    func testActionAndNoticeOfEachSituation() {
        let refused = CameraStatus(permission: .refused)
        XCTAssertEqual(refused.action, .rest)
        XCTAssertNil(CameraStatus(permission: .restricted).message?.remedy)
        XCTAssertEqual(CameraStatus(hasCamera: false).message, .noCamera)
        XCTAssertEqual(CameraStatus(permission: .granted, isNew: true).action, .run)
        let video = CameraStatus(hasCamera: false, permission: .refused, wanted: .video, hasFailed: true)
        XCTAssertEqual(video.action, .playVideo)
        XCTAssertNil(video.message)
        XCTAssertEqual(good.after { $0.heat = .critical }.after { $0.hasFailed = true }.message, .cameraTooHot)
    }

    func testFailedCameraStartsAgainWhenTheUserOrTheSystemComesBack() {
        let failed = good.after { $0.hasFailed = true }
        XCTAssertEqual(failed.action, .rest)
        let others: [Change] = [{ $0.heat = .fair }, { $0.wanted = .camera }, { $0.isInBackground = true }]
        for change in others { XCTAssertTrue(failed.after(change).hasFailed) }
        let ways: [[Change]] = [
            [{ $0.isInBackground = true }, { $0.isInBackground = false }], [{ $0.wanted = nil }, { $0.wanted = .camera }],
            [{ $0.interruption = .usedElsewhere }, { $0.retry() }],
        ]
        for (number, way) in ways.enumerated() { XCTAssertEqual(way.reduce(failed) { $0.after($1) }, good, "\(number)") }
    }

    func testInterruptionEndsWithTheCamera() {
        let interrupted = good.after { $0.interruption = .systemPressure }
        XCTAssertEqual(interrupted.action, .run)
        let ways: [[Change]] = [
            [{ $0.wanted = nil }, { $0.wanted = .camera }], [{ $0.heat = .critical }, { $0.heat = .nominal }],
            [{ $0.isInBackground = true }, { $0.isInBackground = false }], [{ $0.retry() }],
        ]
        for (number, way) in ways.enumerated() { XCTAssertEqual(way.reduce(interrupted) { $0.after($1) }, good, "\(number)") }
    }

    /// In every status: the camera runs only if it may, and a dark screen has a reason.
    func testNoSituationIsForgotten() {
        for permission in [CameraStatus.Permission.notAsked, .granted, .refused, .restricted] {
            for bits in 0..<64 {
                let status = CameraStatus(
                    hasCamera: bits & 1 != 0, permission: permission, isNew: bits & 16 != 0,
                    wanted: bits & 2 != 0 ? .camera : nil, isInBackground: bits & 4 != 0, hasFailed: bits & 8 != 0,
                    heat: bits & 32 != 0 ? .critical : .nominal)
                switch status.action {
                case .run:
                    XCTAssertTrue(status.hasCamera && status.wanted == .camera && !status.isInBackground)
                    XCTAssertEqual(permission, .granted)
                    XCTAssertNil(status.message)
                case .ask:
                    XCTAssertEqual(permission, .notAsked)
                case .rest:
                    let isShown = status.wanted == .camera && !status.isInBackground
                    XCTAssertTrue(!isShown || status.message != nil, "\(status)")
                case .playVideo:
                    XCTFail("\(status)")
                }
            }
        }
    }

    // MARK: Zoom and focus

    /// Ultra wide, wide and tele: the camera's own factors are twice the shown ones.
    private let triple = Lenses(switchOvers: [2, 6], beginsWide: true, maxFactor: 120)

    func testLensesHaveTheNamesOfTheSystem() {
        XCTAssertEqual(triple.factors.map(triple.text), ["0.5x", "1x", "3x"])
        XCTAssertEqual(triple.maxFactor, 30, "five times the last lens")
        let dual = Lenses(switchOvers: [2], maxFactor: 4)
        XCTAssertEqual(dual.factors.map(dual.text), ["1x", "2x"])
        XCTAssertEqual(dual.maxFactor, 4)
        XCTAssertEqual(Lenses(switchOvers: [2, 6], beginsWide: true, maxFactor: 4).factors, [1, 2])
    }

    func testPinchesAndChipsZoom() {
        var zoom = CameraZoom()
        zoom.start(triple, factor: 2)
        zoom.pinch(by: 1.5)
        zoom.pinch(by: 2)
        XCTAssertEqual(zoom.factor, 4, "from where the fingers came down")
        XCTAssertEqual(zoom.choices.map(zoom.text), ["0.5x", "2x", "3x"])
        zoom.reach(3)
        zoom.release()
        zoom.pinch(by: 1000)
        XCTAssertEqual(zoom.factor, 30)
        zoom.choose(6)
        zoom.reach(5.999999)
        XCTAssertTrue(zoom.isCurrent(6), "it was rounded")
        zoom.pinch(by: .nan)
        XCTAssertEqual(zoom.factor, 1)
        zoom.start(Lenses(maxFactor: 16), factor: 1)
        XCTAssertEqual(zoom.choices, [])
        zoom.pinch(by: 2)
        XCTAssertEqual(zoom.factor, 1, "these fingers were on another camera")
        zoom.release()
        zoom.pinch(by: 2)
        XCTAssertEqual(zoom.choices.map(zoom.text), ["2x"])
    }

    @MainActor
    func testCameraTakesTheNewestZoomAndReportsItsOwn() async {
        let app = await TestApp.ready()
        app.pipeline.maxZoom = 3
        for scale in [1.1, 1.2, 2] { app.model.camera.pinch(by: scale) }
        XCTAssertEqual(app.model.camera.zoom.factor, 4)
        await app.wait { app.model.camera.zoom.factor == 3 }
        XCTAssertEqual(app.pipeline.calls.filter { $0.hasPrefix("zoom") }, ["zoom 4.0"])
        await app.openPhoto()
        await app.wait { app.model.camera.camera == nil }
        app.model.camera.pinch(by: 2)
        XCTAssertEqual(app.model.camera.zoom.factor, 3, "there is no camera")
    }

    @MainActor
    func testFocusNeedsAPlaceInThePicture() async {
        let app = await TestApp.ready()
        for (x, y) in [(-0.01, 0.5), (0.5, 1.01), (.nan, 0.5)] {
            XCTAssertFalse(app.model.camera.focus(at: CGPoint(x: x, y: y)))
        }
        XCTAssertTrue(app.model.camera.focus(at: CGPoint(x: 0, y: 1)))
        await app.wait { app.pipeline.count("focus 0.0 1.0") == 1 }
    }
}
