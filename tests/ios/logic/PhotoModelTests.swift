import XCTest

@testable import App

/// Photos, videos and frozen frames in the camera's place.
final class PhotoModelTests: XCTestCase {
    @MainActor
    func testPhotoStopsTheCamera() async {
        let app = await TestApp.ready()
        await app.openPhoto()
        await app.wait { app.model.camera.camera == nil }
        XCTAssertEqual(app.model.results.speed, .photo(StageTimes(letterbox: 1, model: 2, postprocess: 3)))
        await app.close()
        await app.wait { app.model.camera.camera != nil }
        XCTAssertFalse(app.model.results.hasResult)
    }

    @MainActor
    func testFrozenFrameIsShownAsInThePreview() async {
        let app = await TestApp.ready()
        app.model.camera.switchCamera()
        await app.wait { app.model.camera.camera?.position == .front }
        app.model.camera.setAngles(CameraAngles(preview: 0, capture: 90))
        await app.model.freeze()
        await app.model.sourceChanged()
        XCTAssertEqual(app.model.quarterTurns, 3, "level by gravity at 90, shown at 0")
        XCTAssertTrue(app.model.isMirrored)
        XCTAssertEqual(app.model.aspect, .fill)
        await app.model.freeze()
        XCTAssertEqual(app.pipeline.count("freeze"), 1)
        await app.openPhoto()
        XCTAssertFalse(app.model.isMirrored)
        XCTAssertEqual(app.model.aspect, .fit)
    }

    @MainActor
    func testWithoutAFrameNothingIsFrozen() async {
        let app = await TestApp.ready()
        app.pipeline.hasFrames = false
        await app.model.freeze()
        XCTAssertTrue(app.model.photos.isCamera)
    }

    @MainActor
    func testSamplePicturesFollowEachOther() async {
        let app = TestApp { $0.cameras = [] }
        await app.wait { app.model.message == .noCamera }
        XCTAssertEqual(app.model.message?.remedy, .showSample)
        for number in 0..<2 {
            app.model.showSample()
            await app.wait { app.model.photos.photo != nil }
            XCTAssertEqual(app.pipeline.count("sample \(number)"), 1)
            await app.model.sourceChanged()
            XCTAssertTrue(app.model.results.hasResult)
        }
        XCTAssertEqual(
            SamplePictures.order([(64, 9), (400, 1), (500, 3), (500, 3)].map { SamplePictures.Picture(pixels: $0, detections: $1) }),
            [2, 3, 1], "no tiny one, most detections first")
    }

    @MainActor
    func testUnreadableFilesAreReported() async {
        let app = await TestApp.ready()
        app.model.photos.open { nil }
        XCTAssertEqual(app.model.message, .photoOpening)
        await app.wait { app.model.message == .photoUnreadable }
        app.model.photos.play { nil }
        XCTAssertEqual(app.model.message, .videoOpening)
        await app.wait { app.model.message == .videoUnreadable }
        XCTAssertEqual(app.model.message?.remedy, .closePhoto)
    }

    @MainActor
    func testLatePhotoIsDropped() async {
        let app = TestApp()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        app.model.photos.open {
            for await _ in gate { break }
            return FakePhoto()
        }
        app.model.photos.close()
        open.yield()
        await app.openVideo()
        XCTAssertNil(app.model.photos.photo)
    }

    @MainActor
    func testVideoTakesTheCamerasPlace() async {
        let app = await TestApp.ready()
        let video = FakeVideo()
        await app.openVideo(video)
        await app.wait { video.isPlaying && app.model.camera.run == 2 }
        app.frame(1, time: 1, run: 1)
        app.frame(2, time: 2, run: 2)
        await app.wait { app.model.results.result == FakePipeline.result(2) }
        XCTAssertEqual(app.model.quarterTurns, 0)
        app.model.camera.setInBackground(true)
        await app.wait { !video.isPlaying }
        app.model.camera.setInBackground(false)
        await app.wait { video.isPlaying }
        await app.close()
        await app.wait { app.model.camera.camera != nil }
        XCTAssertFalse(video.isPlaying)
    }

    @MainActor
    func testFrozenFrameOfAVideoReturnsToIt() async {
        let app = TestApp { $0.permission = .refused }
        let video = FakeVideo()
        await app.openVideo(video)
        await app.wait { video.isPlaying }
        await app.model.freeze()
        await app.model.sourceChanged()
        await app.wait { !video.isPlaying }
        await app.close()
        await app.wait { video.isPlaying }
        XCTAssertNil(app.model.message, "a video needs no permission")
    }

    @MainActor
    func testBrokenVideoStopsAndItsFrozenFrameStays() async {
        let app = await TestApp.ready()
        let (first, second) = (FakeVideo(), FakeVideo())
        await app.openVideo(first)
        await app.wait { first.isPlaying }
        first.break()
        await app.wait { app.model.message == .videoUnreadable }
        await app.model.sourceChanged()
        await app.wait { !first.isPlaying && app.model.camera.run == nil }
        await app.openVideo(second)
        await app.model.freeze()
        second.break()
        await app.wait { app.model.photos.video == nil }
        XCTAssertNotNil(app.model.photos.photo)
    }

    // MARK: Zoom. A picture of 400 x 300 pixels in a view of 200 x 400 points: it is 200 x 150, from (0, 125) on.

    func testPixelUnderTheFingersStays() throws {
        let point = CGPoint(x: 150, y: 180)
        let before = try XCTUnwrap(mapping(PhotoZoom()).pixel(at: point))
        let zoomed = after([.pinched(by: 2, around: point), .pinched(by: 4, around: point)])
        XCTAssertEqual(zoomed.scale, 4)
        let pixel = try XCTUnwrap(mapping(zoomed).pixel(at: point))
        XCTAssertEqual(pixel.x, before.x, accuracy: 1e-9)
        XCTAssertEqual(pixel.y, before.y, accuracy: 1e-9)
    }

    func testZoomAndMovesAreLimited() {
        let middle = CGPoint(x: 100, y: 200)
        XCTAssertEqual(after([.pinched(by: 100, around: middle)]).scale, 8)
        XCTAssertEqual(after([.pinched(by: .infinity, around: middle)]).scale, 1)
        XCTAssertFalse(after([.pinched(by: 0.5, around: middle)]).isMagnified)
        let large: [PhotoZoom.Event] = [.pinched(by: 4, around: middle), .released]
        XCTAssertEqual(after(large + [.dragged(by: CGSize(width: -30, height: 20))]).offset, CGSize(width: -30, height: 20))
        XCTAssertEqual(
            after(large + [.dragged(by: CGSize(width: -999, height: 999))]).offset, CGSize(width: -300, height: 100))
        XCTAssertEqual(after([.dragged(by: CGSize(width: 50, height: 50))]).offset, .zero)
        let back: [PhotoZoom.Event] = [.dragged(by: CGSize(width: 999, height: 9)), .released, .pinched(by: 0.25, around: middle), .released]
        XCTAssertEqual(after(large + back), PhotoZoom())
    }

    @MainActor
    func testPinchMagnifiesAPhotoAndZoomsTheCamera() async {
        let app = await TestApp.ready()
        let pinch = PhotoZoom.Event.pinched(by: 2, around: .zero)
        app.model.zoom(pinch, in: mapping(PhotoZoom()))
        app.model.zoom(.released, in: nil)
        XCTAssertEqual(app.model.photos.zoom, PhotoZoom())
        XCTAssertEqual(app.model.camera.zoom.factor, 4)
        await app.openPhoto()
        app.model.zoom(pinch, in: mapping(PhotoZoom()))
        app.model.zoom(.released, in: mapping(PhotoZoom()))
        XCTAssertEqual(app.model.photos.zoom.scale, 2)
        XCTAssertEqual(app.model.camera.zoom.factor, 4)
        app.model.zoom(isNearer: true, at: CGPoint(x: 1, y: 0.5), in: mapping(app.model.photos.zoom))
        XCTAssertEqual(app.device.announced.last, "4x")
        app.model.photos.showWhole()
        XCTAssertEqual(app.model.photos.zoom, PhotoZoom())
    }

    func testFingersOfAPinchDoNotDrag() {
        let (here, there) = (CGPoint(x: 10, y: 20), CGPoint(x: 30, y: 40))
        var fingers = Fingers()
        fingers.drag(from: here)
        XCTAssertTrue(fingers.isDrag)
        fingers.pinch()
        XCTAssertFalse(fingers.isDrag)
        fingers.endPinch()
        fingers.drag(from: here)
        XCTAssertFalse(fingers.isDrag, "one finger is still down")
        fingers.drag(from: there)
        XCTAssertTrue(fingers.isDrag)
    }

    // MARK: Sizes

    func testHugePhotosAreReduced() {
        XCTAssertNil(PhotoSize.longestSide(width: 8064, height: 6048))
        XCTAssertEqual(PhotoSize.longestSide(width: 20_000, height: 10_000), 10_000)
        XCTAssertEqual(PhotoSize.longestSide(width: Int.max, height: Int.max), 7071)
        XCTAssertEqual(PhotoSize.shared(CGSize(width: 4032, height: 3024)), CGSize(width: 4032, height: 3024))
        XCTAssertEqual(PhotoSize.shared(CGSize(width: 10_000, height: 5000)), CGSize(width: 5000, height: 2500))
    }

    private let view = CGSize(width: 200, height: 400)
    private let place = CGRect(x: 0, y: 125, width: 200, height: 150)

    private func after(_ events: [PhotoZoom.Event]) -> PhotoZoom {
        events.reduce(PhotoZoom()) { $0.after($1, place: place, in: view) }
    }

    private func mapping(_ zoom: PhotoZoom) -> PictureMapping {
        PictureMapping(picture: CGSize(width: 400, height: 300), view: view, aspect: .fit, zoom: zoom)
    }
}

/// A video that can be broken.
final class FakeVideo: OpenedVideo {
    private(set) var isPlaying = false
    private let breaking: AsyncStream<Void>
    private let breaks: AsyncStream<Void>.Continuation

    nonisolated init() {
        (breaking, breaks) = AsyncStream.makeStream(of: Void.self)
    }

    func play() { isPlaying = true }
    func pause() { isPlaying = false }
    func failure() async { for await _ in breaking { return } }
    func `break`() { breaks.yield() }
}

extension TestApp {
    func openVideo(_ video: FakeVideo = FakeVideo()) async {
        model.photos.play { video }
        await wait { model.photos.video === video }
        await model.sourceChanged()
    }
}
