import XCTest

@testable import App

final class ThreadChoiceTests: XCTestCase {
    func testWhatTheSelfCheckTimesCanBeChosen() {
        XCTAssertEqual(ThreadChoice.offered(cores: 6), [0, 1, 2, 3, 4])
        XCTAssertEqual(ThreadChoice.offered(cores: 0), [0, 1], "a device that does not say")
        XCTAssertEqual(ThreadChoice.valid(4, cores: 8), 4)
        XCTAssertEqual([-1, 5, 1000].map { ThreadChoice.valid($0, cores: 8) }, [0, 0, 0])
        XCTAssertEqual(ThreadChoice.valid(4, cores: 2), 0, "chosen on another device")
    }

    @MainActor
    func testTheModelIsLoadedAnewAndCameraAndPhotoStay() async {
        let app = TestApp()
        _ = await app.isReady()
        await app.openPhoto()
        await app.model.use(threads: 2)
        XCTAssertEqual(app.model.threads, 2)
        XCTAssertEqual(app.model.modelState, .ready)
        XCTAssertEqual(app.pipeline.calls.suffix(2), ["load on 2", "detect"])
        XCTAssertNotNil(app.model.photos.photo)
        await app.model.use(threads: 2)
        XCTAssertEqual(app.pipeline.count("load on 2"), 1, "the same again is no change")
        await app.model.use(threads: 0)
        XCTAssertEqual(app.pipeline.count("load"), 2)
    }

    @MainActor
    func testWhereItCannotBeLoadedSoItIsLoadedAsBefore() async {
        let app = TestApp()
        _ = await app.isReady()
        app.pipeline.failing = "load on 4"
        await app.model.use(threads: 4)
        XCTAssertEqual(app.model.threads, 0)
        XCTAssertEqual(app.model.modelState, .ready)
        XCTAssertNil(app.model.notice)
        XCTAssertEqual(app.pipeline.calls.suffix(2), ["load on 4", "load"])
        app.pipeline.failing = "load"
        await app.model.use(threads: 4)
        XCTAssertEqual(app.model.notice, .modelFailed("it failed"), "nor as before")
        app.pipeline.failing = nil
        await app.model.use(threads: 4)
        XCTAssertNil(app.model.notice)
        XCTAssertEqual(app.model.threads, 4)
    }

    @MainActor
    func testAModelThatIsBeingLoadedIsLoadedOnce() async {
        let app = TestApp()
        XCTAssertEqual(app.model.modelState, .loading)
        await app.model.use(threads: 2)
        _ = await app.isReady()
        XCTAssertEqual(app.pipeline.count("load on 2"), 0)
        XCTAssertEqual(app.model.threads, 0)
    }

    @MainActor
    func testTheyOutliveTheAppAndTheSelfCheck() async {
        let saved = TestApp.saved()
        let app = TestApp(saved: saved)
        _ = await app.isReady()
        await app.model.use(threads: 2)
        await app.model.run(SelfCheckModel())
        XCTAssertEqual(app.pipeline.calls.last, "load on 2")
        let next = TestApp(saved: saved)
        _ = await next.isReady()
        XCTAssertEqual(next.pipeline.count("load on 2"), 1)
    }

    func testNumbersThatAreWholeAreKnownByTheirName() {
        let model = { Model.of([], precision: $0) }
        XCTAssertFalse(model("float32").isWhole)
        XCTAssertTrue(model("int8, 0.5 % less mAP").isWhole)
    }
}
