import XCTest

@testable import App

/// What the screen shows, over a pipeline without a model and a camera.
final class AppModelTests: XCTestCase {
    @MainActor
    func testTheAppStartsWithModelAndCamera() async {
        let app = TestApp()
        let isReady = await app.isReady()
        XCTAssertTrue(isReady)
        XCTAssertNil(app.model.notice)
        XCTAssertEqual(app.pipeline.count("load"), 1)
        XCTAssertEqual(app.pipeline.count("start back"), 1)
        app.model.start()
        XCTAssertEqual(app.pipeline.count("load"), 1, "another window loads nothing anew")
    }

    @MainActor
    func testFramesOfTheCameraThatRunsAreShown() async {
        let app = TestApp()
        _ = await app.isReady()
        app.frame(7, time: 1, run: 0)
        app.frame(2, time: 2)
        let isShown = await app.wait { app.model.results.result == TestPipeline.result(2) }
        XCTAssertTrue(isShown)
        XCTAssertEqual(app.model.results.rotationAngle, 90)
        XCTAssertEqual(app.model.results.summary, TestPipeline.summary(2, "bowl"))
        XCTAssertEqual(app.device.said, TestPipeline.said(2, "bowl"))
    }

    @MainActor
    func testAModelThatFailsIsLoadedAgainWhenTheUserWantsIt() async {
        let app = TestApp(failing: "load")
        let isTold = await app.wait { app.model.notice == .modelFailed("it failed") }
        XCTAssertTrue(isTold)
        XCTAssertEqual(app.model.notice?.remedy, .loadModel)
        app.pipeline.failing = nil
        await app.model.load()
        XCTAssertEqual(app.model.modelState, .ready)
        XCTAssertNil(app.model.notice)
    }

    @MainActor
    func testFramesThatFailAreToldWithARemedy() async {
        let app = await TestApp.showingAFrame()
        app.pipeline.outcome.yield(.failed("no memory"))
        let isTold = await app.wait { app.model.notice == .modelFailed("no memory") }
        XCTAssertTrue(isTold)
        XCTAssertFalse(app.model.results.hasResult)
        XCTAssertEqual(app.model.notice?.remedy, .loadModel)
    }

    @MainActor
    func testAPhotoThatFailsIsNoFailureOfTheModel() async {
        let app = TestApp()
        _ = await app.isReady()
        app.pipeline.failing = "detect"
        await app.openPhoto()
        XCTAssertEqual(app.model.notice, .modelFailed("it failed"))
        _ = await app.wait { app.model.camera.camera == nil }
        app.pipeline.failing = nil
        app.model.photos.close()
        await app.model.photoChanged()
        _ = await app.wait { app.model.camera.camera?.run == 2 }
        app.frame(1, time: 1, run: 1)
        app.frame(2, time: 2, run: 2)
        let isShown = await app.wait { app.model.results.result == TestPipeline.result(2) }
        XCTAssertTrue(isShown)
        XCTAssertEqual(app.model.modelState, .ready)
    }

    @MainActor
    func testAnotherPhotoIsShownAfterOneThatFailed() async {
        let app = TestApp(failing: "detect")
        _ = await app.isReady()
        await app.openPhoto()
        app.pipeline.failing = nil
        await app.openPhoto()
        XCTAssertTrue(app.model.results.hasResult)
        XCTAssertNil(app.model.notice)
    }

    @MainActor
    func testBehindAPhotoTheCameraRests() async {
        let app = TestApp()
        _ = await app.isReady()
        await app.openPhoto()
        let rests = await app.wait { app.model.camera.camera == nil }
        XCTAssertTrue(rests)
        XCTAssertEqual(app.pipeline.count("detect"), 1)
        XCTAssertEqual(app.model.results.speed, .photo(StageTimes(letterbox: 1, model: 2, boxes: 3)))
        app.model.photos.close()
        await app.model.photoChanged()
        let runs = await app.wait { app.model.camera.camera != nil }
        XCTAssertTrue(runs)
        XCTAssertFalse(app.model.results.hasResult)
    }

    @MainActor
    func testTheSliderAsksAPhotoForNoSecondInference() async {
        let app = TestApp()
        _ = await app.isReady()
        await app.openPhoto()
        app.pipeline.photoResult = TestPipeline.result(5)
        app.model.limits.confidence = 0.1
        let isShown = await app.wait { app.model.results.result == TestPipeline.result(5) }
        XCTAssertTrue(isShown)
        XCTAssertEqual(app.pipeline.count("confidence 0.1"), 1)
        XCTAssertEqual(app.pipeline.count("detect"), 1)
    }

    @MainActor
    func testTheSliderMovesByHundredths() async {
        let app = TestApp()
        app.model.limits.confidence = 0.4242424
        XCTAssertEqual(app.model.limits.confidence, 0.42)
        app.model.limits.confidence = 0.4199
        let isAsked = await app.wait { app.pipeline.count("confidence 0.42") > 0 }
        XCTAssertTrue(isAsked)
        XCTAssertEqual(app.pipeline.count("confidence 0.42"), 1, "the same again is no change")
    }

    @MainActor
    func testOverlapAndMaximumAskAPhotoForNoSecondInference() async {
        let app = TestApp()
        _ = await app.isReady()
        await app.openPhoto()
        app.model.limits.iou = 0.456
        let isAsked = await app.wait { app.pipeline.count("confidence 0.25 iou 0.46 most 300") == 1 }
        XCTAssertTrue(isAsked)
        app.model.limits.step = 2
        let isAskedAgain = await app.wait { app.pipeline.count("confidence 0.25 iou 0.46 most 3") == 1 }
        XCTAssertTrue(isAskedAgain)
        let isLookedAt = await app.wait { app.pipeline.calls.last { $0.hasPrefix("detect") } == "detect again" }
        XCTAssertTrue(isLookedAt)
        XCTAssertEqual(app.pipeline.count("detect"), 1)
        XCTAssertEqual(app.model.limits, Limits(confidence: 0.25, iou: 0.46, most: 3))
    }

    @MainActor
    func testAFrameIsHeldAsItWasShown() async {
        let app = await TestApp.showingAFrame()
        app.model.camera.setAngles(CameraAngles(preview: 0, capture: 90))
        await app.model.hold()
        await app.model.photoChanged()
        XCTAssertEqual(app.model.quarterTurns, 3, "level by gravity at 90, shown at 0")
        XCTAssertFalse(app.model.isMirrored)
        let rests = await app.wait { app.model.camera.camera == nil }
        XCTAssertTrue(rests)
        app.model.limits.confidence = 0.5
        let isLookedAt = await app.wait { app.pipeline.count("detect again") > 0 }
        XCTAssertTrue(isLookedAt)
        app.model.photos.close()
        await app.model.photoChanged()
        let runs = await app.wait { app.model.camera.camera != nil }
        XCTAssertTrue(runs)
    }

    @MainActor
    func testAFrontCamerasFrameStaysAMirror() async {
        let app = TestApp()
        _ = await app.isReady()
        app.model.camera.switchCamera()
        _ = await app.wait { app.model.camera.camera?.position == .front }
        await app.model.hold()
        XCTAssertTrue(app.model.isMirrored)
        await app.model.hold()
        XCTAssertEqual(app.pipeline.count("hold"), 1, "it is held already")
        await app.openPhoto()
        XCTAssertFalse(app.model.isMirrored)
        XCTAssertEqual(app.model.quarterTurns, 0)
    }

    @MainActor
    func testWithoutAFrameNothingIsHeld() async {
        let app = TestApp()
        _ = await app.isReady()
        app.pipeline.hasFrames = false
        await app.model.hold()
        XCTAssertTrue(app.model.photos.isNone)
    }

    @MainActor
    func testASamplePictureIsShownAndThenTheNext() async {
        let app = TestApp { $0.cameras = [] }
        let isSaid = await app.wait { app.model.notice == .noCamera }
        XCTAssertTrue(isSaid)
        XCTAssertEqual(app.model.notice?.remedy, .showSample)
        for number in 0..<2 {
            app.model.showSample()
            _ = await app.wait { app.model.photos.photo != nil }
            XCTAssertEqual(app.pipeline.count("sample \(number)"), 1)
            await app.model.photoChanged()
            XCTAssertTrue(app.model.results.hasResult)
        }
        app.pipeline.failing = "sample"
        app.model.showSample()
        let isUnreadable = await app.wait { app.model.notice == .photoUnreadable }
        XCTAssertTrue(isUnreadable)
    }

    @MainActor
    func testAPhotoThatCannotBeReadIsSaid() async {
        let app = TestApp()
        _ = await app.isReady()
        app.model.photos.open { nil }
        XCTAssertEqual(app.model.notice, .photoOpening)
        let isSaid = await app.wait { app.model.notice == .photoUnreadable }
        XCTAssertTrue(isSaid)
        XCTAssertEqual(app.model.notice?.remedy, .closePhoto)
    }

    @MainActor
    func testAPhotoThatComesTooLateIsForgotten() async {
        let app = TestApp()
        app.model.photos.open {
            try? await Task.sleep(for: .milliseconds(50))
            return TestPhoto()
        }
        app.model.photos.close()
        try? await Task.sleep(for: .milliseconds(100))
        XCTAssertTrue(app.model.photos.isNone)
    }

    @MainActor
    func testTheCameraFillsTheScreenAndAllElseIsShownWhole() async {
        let app = TestApp()
        _ = await app.isReady()
        XCTAssertEqual(app.model.aspect, .fill)
        await app.model.hold()
        XCTAssertNotNil(app.model.photos.photo)
        XCTAssertEqual(app.model.aspect, .fill, "the camera's picture does not jump when it is held")
        await app.openPhoto()
        XCTAssertEqual(app.model.aspect, .fit)
        await app.openVideo()
        XCTAssertEqual(app.model.aspect, .fit)
        await app.model.hold()
        XCTAssertNotNil(app.model.photos.photo)
        XCTAssertEqual(app.model.aspect, .fit, "nor a video's")
        app.model.photos.open { TestPhoto() }
        XCTAssertEqual(app.model.aspect, .fill, "until there is a photo, the camera's picture stays")
        app.model.isFilling = false
        XCTAssertEqual(app.model.aspect, .fit)
    }

    @MainActor
    func testAWarmDeviceWorksLess() async {
        let app = TestApp()
        _ = await app.isReady()
        app.device.condition.yield(DeviceCondition(heat: .serious))
        let isSlow = await app.wait { app.pipeline.count("pace slow") == 1 }
        XCTAssertTrue(isSlow)
        app.device.condition.yield(DeviceCondition(heat: .critical))
        let rests = await app.wait { app.model.notice == .cameraTooHot && app.pipeline.count("stop") == 1 }
        XCTAssertTrue(rests)
    }

    @MainActor
    func testTheSelfCheckHasTheProcessorForItself() async {
        let app = TestApp()
        _ = await app.isReady()
        let selfCheck = SelfCheckModel()
        await app.model.run(selfCheck)
        XCTAssertEqual(selfCheck.checked.map(Verdict.init), .passed)
        XCTAssertEqual(selfCheck.fastest?.threads, 1, "of equal ones the first")
        XCTAssertTrue(selfCheck.report.contains("PASSED: the same as PyTorch on 4 pictures"))
        XCTAssertEqual(selfCheck.timings.map(\.threads), [1, 2, 4])
        XCTAssertTrue(selfCheck.report.hasPrefix("device: a test\n\nboxes: passed"))
        let rests = await app.wait { app.model.camera.camera == nil }
        XCTAssertTrue(rests)
        XCTAssertEqual(app.pipeline.count("load"), 2, "it took the detector away")
        app.model.selfCheckClosed()
        let runs = await app.wait { app.model.camera.camera != nil }
        XCTAssertTrue(runs)
    }

    @MainActor
    func testASelfCheckThatFailsSaysWhy() async {
        let app = TestApp(failing: "time 2")
        let selfCheck = SelfCheckModel()
        await app.model.run(selfCheck)
        XCTAssertEqual(selfCheck.failure, "it failed")
        XCTAssertEqual(selfCheck.timings.map(\.threads), [1])
        XCTAssertTrue(selfCheck.report.hasSuffix("it failed"))
    }
}
