import XCTest

@testable import App

final class CameraModelTests: XCTestCase {
    @MainActor
    func testTheUserIsToldWhatTheAppDoesThenAskedAndTheCameraStarts() async {
        let app = TestApp { $0.permission = .notAsked }
        let isReadyForTheQuestion = await app.wait { app.model.modelState == .ready }
        XCTAssertTrue(isReadyForTheQuestion)
        XCTAssertEqual(app.model.notice, .welcome)
        XCTAssertEqual(app.device.permission, .notAsked)
        app.model.camera.goOn()
        let isReady = await app.isReady()
        XCTAssertTrue(isReady)
    }

    @MainActor
    func testARefusalIsSaidAndTheSettingsMayChangeIt() async {
        let app = TestApp {
            $0.permission = .notAsked
            $0.answer = .refused
        }
        app.model.camera.goOn()
        let isSaid = await app.wait { app.model.camera.situation.notice == .cameraRefused }
        XCTAssertTrue(isSaid)
        app.device.permission = .granted
        app.model.camera.setInBackground(true)
        app.model.camera.setInBackground(false)
        let runs = await app.wait { app.model.camera.camera != nil }
        XCTAssertTrue(runs)
    }

    @MainActor
    func testACameraThatDoesNotStartIsTriedAgain() async {
        let app = TestApp(failing: "start")
        let isSaid = await app.wait { app.model.camera.situation.notice == .cameraFailed }
        XCTAssertTrue(isSaid)
        app.pipeline.failing = nil
        app.model.camera.tryAgain()
        let runs = await app.wait { app.model.camera.camera != nil }
        XCTAssertTrue(runs)
    }

    @MainActor
    func testTheOtherSideIsStartedAndRemembered() async {
        let app = TestApp()
        _ = await app.isReady()
        XCTAssertTrue(app.model.camera.canSwitch)
        app.model.camera.switchCamera()
        let isFront = await app.wait { app.model.camera.camera?.position == .front }
        XCTAssertTrue(isFront)
        XCTAssertTrue(app.model.camera.camera?.isMirrored == true)
        XCTAssertEqual(app.model.state.settings.camera, .front)
    }

    @MainActor
    func testWithoutACameraThatIsSaidAndNobodyAsked() async {
        let app = TestApp {
            $0.cameras = []
            $0.permission = .notAsked
        }
        let isSaid = await app.wait { app.model.notice == .noCamera }
        XCTAssertTrue(isSaid)
        XCTAssertEqual(app.device.permission, .notAsked)
    }

    @MainActor
    func testThatThereIsNoCameraIsKnownBeforeAnythingIsSaid() {
        let device = TestDevice()
        (device.cameras, device.permission) = ([], .notAsked)
        XCTAssertEqual(CameraSituation.atStart(of: device).notice, .noCamera)
        device.cameras = [.back]
        XCTAssertEqual(CameraSituation.atStart(of: device).notice, .welcome)
    }

    @MainActor
    func testAnInterruptionIsSaidUntilItEnds() async {
        let app = TestApp()
        _ = await app.isReady()
        app.pipeline.event.yield(.interrupted(.usedElsewhere))
        let isSaid = await app.wait { app.model.notice == .cameraInterrupted(.usedElsewhere) }
        XCTAssertTrue(isSaid)
        XCTAssertEqual(app.pipeline.count("cancel requests"), 1)
        app.pipeline.event.yield(.resumed)
        let isOver = await app.wait { app.model.notice == nil }
        XCTAssertTrue(isOver)
    }

    @MainActor
    func testMediaServicesThatStartAnewStartTheCameraAnew() async {
        let app = TestApp()
        _ = await app.isReady()
        app.pipeline.event.yield(.mustRestart)
        let isAnew = await app.wait { app.model.camera.camera?.run == 2 }
        XCTAssertTrue(isAnew)
    }

    @MainActor
    func testTheTorchIsWhatTheDeviceSays() async {
        let app = TestApp()
        _ = await app.isReady()
        app.model.camera.switchTorch()
        let isOn = await app.wait { app.model.camera.isTorchOn }
        XCTAssertTrue(isOn)
        app.pipeline.torch.yield(false)
        let isOff = await app.wait { !app.model.camera.isTorchOn }
        XCTAssertTrue(isOff)
    }

    @MainActor
    func testHowThePhoneIsHeldReachesTheDetector() async {
        let app = TestApp()
        app.model.camera.setAngles(CameraAngles(preview: 0, capture: 180))
        app.model.camera.setAngles(CameraAngles(preview: 0, capture: 180))
        let isTold = await app.wait { app.pipeline.count("angle 180.0") == 1 }
        XCTAssertTrue(isTold)
    }
}
