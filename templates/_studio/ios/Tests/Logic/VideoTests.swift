import XCTest

@testable import App

/// A video in the camera's place, over a pipeline without a model and a camera.
final class VideoTests: XCTestCase {
    @MainActor
    func testAVideoTakesTheCamerasPlace() async {
        let app = TestApp()
        _ = await app.isReady()
        let video = TestVideo()
        await app.openVideo(video)
        let plays = await app.wait { video.isPlaying && app.model.camera.run == 2 }
        XCTAssertTrue(plays)
        XCTAssertNil(app.model.camera.camera)
        XCTAssertNil(app.model.notice)
        app.frame(1, time: 1, run: 1)
        app.frame(2, time: 2, run: 2)
        let isShown = await app.wait { app.model.results.result == TestPipeline.result(2) }
        XCTAssertTrue(isShown, "a frame of the camera's came too late")
        XCTAssertEqual(app.model.quarterTurns, 0, "whatever the preview's angle is")
        app.model.photos.close()
        await app.model.photoChanged()
        let runs = await app.wait { app.model.camera.camera?.run == 3 }
        XCTAssertTrue(runs)
        XCTAssertFalse(video.isPlaying)
        XCTAssertFalse(app.model.results.hasResult)
    }

    @MainActor
    func testAFrameOfAVideoIsHeldAndTheVideoGoesOnAfterIt() async {
        let app = TestApp { $0.cameras = [] }
        let video = TestVideo()
        await app.openVideo(video)
        _ = await app.wait { video.isPlaying }
        app.model.camera.setAngles(CameraAngles(preview: 0, capture: 90))
        await app.model.hold()
        await app.model.photoChanged()
        let waits = await app.wait { !video.isPlaying && app.pipeline.count("stop") == 1 }
        XCTAssertTrue(waits)
        XCTAssertNotNil(app.model.photos.photo)
        XCTAssertEqual(app.pipeline.count("detect"), 1)
        await app.model.hold()
        XCTAssertEqual(app.pipeline.count("hold"), 1, "it is held already")
        app.model.photos.close()
        await app.model.photoChanged()
        let goesOn = await app.wait { video.isPlaying }
        XCTAssertTrue(goesOn)
        XCTAssertEqual(app.pipeline.count("start video"), 2)
        XCTAssertNil(app.model.photos.photo)
    }

    @MainActor
    func testAVideoThatCannotBeReadIsSaid() async {
        let app = TestApp()
        _ = await app.isReady()
        app.model.photos.play { nil }
        XCTAssertEqual(app.model.notice, .videoOpening)
        let isSaid = await app.wait { app.model.notice == .videoUnreadable }
        XCTAssertTrue(isSaid)
        XCTAssertEqual(app.model.notice?.remedy, .closePhoto)
        app.model.photos.close()
        XCTAssertNil(app.model.notice)
    }

    @MainActor
    func testAVideoThatIsDamagedInTheMiddleIsSaidAndStopped() async {
        let app = TestApp()
        _ = await app.isReady()
        let video = TestVideo()
        await app.openVideo(video)
        _ = await app.wait { video.isPlaying }
        video.break()
        let isSaid = await app.wait { app.model.notice == .videoUnreadable }
        XCTAssertTrue(isSaid)
        await app.model.photoChanged()
        let stops = await app.wait { !video.isPlaying && app.model.camera.run == nil }
        XCTAssertTrue(stops)
    }

    @MainActor
    func testAHeldFrameOutlivesItsVideo() async {
        let app = TestApp()
        _ = await app.isReady()
        let video = TestVideo()
        await app.openVideo(video)
        await app.model.hold()
        video.break()
        let isAlone = await app.wait { app.model.photos.video == nil }
        XCTAssertTrue(isAlone)
        XCTAssertNotNil(app.model.photos.photo)
        XCTAssertNil(app.model.notice)
        app.model.photos.close()
        XCTAssertTrue(app.model.photos.isNone)
    }

    @MainActor
    func testAnotherVideoTakesThePlaceOfTheFirst() async {
        let app = TestApp()
        _ = await app.isReady()
        let (first, second) = (TestVideo(), TestVideo())
        await app.openVideo(first)
        _ = await app.wait { first.isPlaying }
        await app.openVideo(second)
        let plays = await app.wait { second.isPlaying }
        XCTAssertTrue(plays)
        XCTAssertFalse(first.isPlaying)
        first.break()
        await app.openPhoto()
        let stops = await app.wait { !second.isPlaying }
        XCTAssertTrue(stops)
        XCTAssertNil(app.model.photos.video)
        XCTAssertNil(app.model.notice, "nobody asks for the first one any more")
    }

    @MainActor
    func testAVideoThatComesTooLateIsForgotten() async {
        let app = TestApp()
        app.model.photos.play {
            try? await Task.sleep(for: .milliseconds(50))
            return TestVideo()
        }
        app.model.photos.close()
        try? await Task.sleep(for: .milliseconds(100))
        XCTAssertTrue(app.model.photos.isNone)
    }

    @MainActor
    func testInTheBackgroundAndBehindTheSelfCheckAVideoWaits() async {
        let app = TestApp()
        _ = await app.isReady()
        let video = TestVideo()
        await app.openVideo(video)
        _ = await app.wait { video.isPlaying }
        app.model.camera.setInBackground(true)
        let waits = await app.wait { !video.isPlaying && app.model.camera.run == nil }
        XCTAssertTrue(waits)
        app.model.camera.setInBackground(false)
        let goesOn = await app.wait { video.isPlaying }
        XCTAssertTrue(goesOn)
        await app.model.run(SelfCheckModel())
        let rests = await app.wait { !video.isPlaying }
        XCTAssertTrue(rests)
        app.model.selfCheckClosed()
        let playsAgain = await app.wait { video.isPlaying }
        XCTAssertTrue(playsAgain)
    }

    @MainActor
    func testAVideoNeedsNoCameraAndNoPermission() async {
        let app = TestApp { $0.permission = .refused }
        let video = TestVideo()
        await app.openVideo(video)
        let plays = await app.wait { video.isPlaying }
        XCTAssertTrue(plays)
        XCTAssertNil(app.model.camera.situation.notice)
    }
}
