import XCTest

@testable import App

final class CameraZoomTests: XCTestCase {
    /// An ultra wide, a wide and a tele lens: the camera's own factors are twice those that people know.
    private let triple = Lenses(switchOvers: [2, 6], beginsWide: true, most: 120)

    func testLensesAreCalledAsPeopleKnowThem() {
        XCTAssertEqual(triple.factors.map(triple.words), ["0.5x", "1x", "3x"])
        XCTAssertEqual(triple.usual, 2)
        let dual = Lenses(switchOvers: [2], most: 120)
        XCTAssertEqual(dual.factors.map(dual.words), ["1x", "2x"])
        XCTAssertEqual(dual.usual, 1)
        let wide = Lenses(switchOvers: [2], beginsWide: true, most: 120)
        XCTAssertEqual(wide.factors.map(wide.words), ["0.5x", "1x"])
        XCTAssertEqual([2.9, 3, 4.84, 7].map(triple.words), ["1.5x", "1.5x", "2.4x", "3.5x"])
    }

    func testFiveTimesTheLastLensIsTheMost() {
        XCTAssertEqual(triple.most, 30)
        XCTAssertEqual(Lenses(most: 120).most, 5)
        XCTAssertEqual(Lenses(switchOvers: [2, 6], beginsWide: true, most: 16).most, 16, "it cannot do more")
        XCTAssertEqual(Lenses(switchOvers: [2, 6], beginsWide: true, most: 4).factors, [1, 2], "nor get there")
        XCTAssertEqual(Lenses(most: 0).most, 1)
    }

    func testFingersZoomFromWhereTheyCameDown() {
        let started = CameraZoom().after(.started(triple, factor: 2))
        let pinched = started.after(.pinched(by: 1.5)).after(.pinched(by: 2))
        XCTAssertEqual(pinched.factor, 4, "twice, not three times")
        XCTAssertEqual(pinched.after(.released).after(.pinched(by: 2)).factor, 8)
        XCTAssertEqual(started.after(.pinched(by: 0.01)).factor, 1)
        XCTAssertEqual(started.after(.pinched(by: 1000)).factor, 30)
        XCTAssertEqual(started.after(.pinched(by: 1000)).after(.pinched(by: 2)).factor, 4, "and back")
        XCTAssertEqual(started.after(.pinched(by: .nan)).factor, 1)
    }

    func testALensIsChosen() {
        let zoom = CameraZoom().after(.started(triple, factor: 2)).after(.pinched(by: 1.2)).after(.chosen(6))
        XCTAssertEqual(zoom.factor, 6)
        XCTAssertEqual(zoom.after(.pinched(by: 2)).factor, 12, "from there")
        XCTAssertEqual(zoom.after(.chosen(99)).factor, 30)
    }

    func testTheChipOfTheLensAtWorkSaysHowFarItIsZoomed() {
        let zoom = CameraZoom().after(.started(triple, factor: 2)).after(.pinched(by: 1.4))
        XCTAssertEqual(zoom.choices, [1, 2, 6])
        XCTAssertEqual(zoom.choices.map(zoom.words), ["0.5x", "1.4x", "3x"])
        XCTAssertEqual(zoom.choices.map(zoom.isAtWork), [false, true, false])
        let tele = zoom.after(.pinched(by: 3))
        XCTAssertEqual(tele.choices.map(tele.isAtWork), [false, false, true])
    }

    func testACameraThatCannotGoSoFarIsShownAsItIs() {
        let pinched = CameraZoom().after(.started(triple, factor: 2)).after(.pinched(by: 9)).after(.reached(12))
        XCTAssertEqual(pinched.factor, 12)
        XCTAssertEqual(pinched.after(.pinched(by: 2)).factor, 4, "from where the fingers came down")
        let tele = pinched.after(.chosen(6)).after(.reached(5.999999))
        XCTAssertTrue(tele.isAtWork(6), "it was rounded")
    }

    func testACameraOfOneLensHasAChipAsLongAsItIsZoomed() {
        let one = CameraZoom().after(.started(Lenses(most: 16), factor: 1))
        XCTAssertEqual(one.choices, [])
        let zoomed = one.after(.pinched(by: 2))
        XCTAssertEqual(zoomed.choices.map(zoomed.words), ["2x"])
        XCTAssertEqual(zoomed.after(.chosen(1)).choices, [])
    }

    func testAnotherCameraHasItsOwnFactor() {
        let zoomed = CameraZoom().after(.started(triple, factor: 2)).after(.pinched(by: 9))
        let front = zoomed.after(.started(Lenses(most: 4), factor: 1))
        XCTAssertEqual(front.factor, 1)
        XCTAssertEqual(front.after(.released).after(.pinched(by: 9)).factor, 4)
        XCTAssertEqual(zoomed.after(.started(triple, factor: 77)).factor, 30)
    }

    @MainActor
    func testThePhoneFollowsTheFingersAndEndsWhereTheyEnd() async {
        let app = TestApp()
        _ = await app.isReady()
        XCTAssertEqual(app.model.camera.zoom.choices.map(app.model.camera.zoom.words), ["0.5x", "1x"])
        for scale in [1.1, 1.2, 1.5] { app.model.camera.zoom(.pinched(by: scale)) }
        let isThere = await app.wait { app.pipeline.count("zoom 3.0") == 1 }
        XCTAssertTrue(isThere)
        let calls = app.pipeline.calls.filter { $0.hasPrefix("zoom") }
        XCTAssertEqual(calls.count, 1, "what is overtaken is not asked for")
        app.model.camera.zoom(.released)
        app.model.camera.switchCamera()
        let isFront = await app.wait { app.model.camera.camera?.position == .front }
        XCTAssertTrue(isFront)
        XCTAssertEqual(app.model.camera.zoom.factor, 1)
    }

    @MainActor
    func testWhatIsShownIsTheZoomThatTheCameraHas() async {
        let app = TestApp()
        _ = await app.isReady()
        app.pipeline.mostZoom = 3
        app.model.camera.zoom(.pinched(by: 2))
        XCTAssertEqual(app.model.camera.zoom.factor, 4)
        let isTaken = await app.wait { app.model.camera.zoom.factor == 3 }
        XCTAssertTrue(isTaken)
        app.pipeline.mostZoom = 1
        app.model.camera.zoom(.pinched(by: 2))
        _ = await app.wait { app.pipeline.count("zoom 4.0") == 2 }
        app.model.camera.zoom(.chosen(2))
        XCTAssertEqual(app.model.camera.zoom.factor, 2, "something newer was asked")
        let isAsked = await app.wait { app.pipeline.count("zoom 2.0") == 1 && app.model.camera.zoom.factor == 1 }
        XCTAssertTrue(isAsked)
        XCTAssertEqual(app.pipeline.calls.filter { $0.hasPrefix("zoom") }, ["zoom 4.0", "zoom 4.0", "zoom 2.0"])
    }

    @MainActor
    func testACameraThatVanishesWhileItIsZoomedComesBackAsItSays() async {
        let app = TestApp()
        _ = await app.isReady()
        app.model.camera.zoom(.pinched(by: 2))
        let isZoomed = await app.wait { app.pipeline.count("zoom 4.0") == 1 }
        XCTAssertTrue(isZoomed)
        app.pipeline.failing = "start back"
        app.pipeline.event.yield(.mustRestart)
        let isGone = await app.wait { app.model.camera.situation.hasFailed }
        XCTAssertTrue(isGone)
        app.model.camera.zoom(.pinched(by: 3))
        app.pipeline.failing = nil
        app.model.camera.tryAgain()
        let isBack = await app.wait { app.model.camera.camera != nil }
        XCTAssertTrue(isBack)
        XCTAssertEqual(app.model.camera.zoom.factor, 2)
        XCTAssertEqual(app.pipeline.calls.filter { $0.hasPrefix("zoom") }, ["zoom 4.0"])
        app.model.camera.zoom(.pinched(by: 4))
        XCTAssertEqual(app.model.camera.zoom.factor, 2, "these fingers came down on the camera before")
        app.model.camera.zoom(.released)
        app.model.camera.zoom(.pinched(by: 2))
        let isZoomedAgain = await app.wait { app.pipeline.count("zoom 4.0") == 2 }
        XCTAssertTrue(isZoomedAgain)
    }

    func testFingersOfACameraThatIsGoneZoomNoOther() {
        let gone = CameraZoom().after(.started(triple, factor: 2)).after(.pinched(by: 3))
        let next = gone.after(.started(triple, factor: 2)).after(.pinched(by: 4))
        XCTAssertEqual(next.factor, 2)
        XCTAssertEqual(next.after(.started(Lenses(most: 3), factor: 1)).after(.pinched(by: 2)).factor, 1, "nor a third")
        XCTAssertEqual(next.after(.chosen(6)).factor, 6, "a chip does")
        XCTAssertEqual(next.after(.released).after(.pinched(by: 2)).factor, 4)
        XCTAssertEqual(gone.after(.released).after(.started(triple, factor: 2)).after(.pinched(by: 2)).factor, 4)
    }

    /// The fingers are taken away while there is none.
    @MainActor
    func testACameraThatComesBackCanBeZoomedAtOnce() async {
        let app = TestApp()
        _ = await app.isReady()
        app.model.camera.zoom(.pinched(by: 2))
        await app.openPhoto()
        _ = await app.wait { app.model.camera.camera == nil }
        app.model.camera.zoom(.released)
        app.model.photos.close()
        await app.model.photoChanged()
        _ = await app.wait { app.model.camera.camera != nil }
        app.model.camera.zoom(.pinched(by: 3))
        XCTAssertEqual(app.model.camera.zoom.factor, 6)
    }

    @MainActor
    func testWithoutACameraNothingIsZoomedNorFocused() async {
        let app = TestApp()
        _ = await app.isReady()
        XCTAssertTrue(app.model.camera.focus(at: CGPoint(x: 0.25, y: 0.75)))
        let isFocused = await app.wait { app.pipeline.count("focus 0.25 0.75") == 1 }
        XCTAssertTrue(isFocused)
        await app.openPhoto()
        _ = await app.wait { app.model.camera.camera == nil }
        app.model.camera.zoom(.pinched(by: 2))
        XCTAssertFalse(app.model.camera.focus(at: CGPoint(x: 0.5, y: 0.5)))
        XCTAssertEqual(app.model.camera.zoom.factor, 2)
        try? await Task.sleep(for: .milliseconds(20))
        XCTAssertFalse(app.pipeline.calls.contains { $0.hasPrefix("zoom") || $0 == "focus 0.5 0.5" })
    }

    /// Such as on the bars beside a picture that does not fill the screen.
    @MainActor
    func testATouchBesideThePictureFocusesNothing() async {
        let app = TestApp()
        _ = await app.isReady()
        for (x, y) in [(-0.01, 0.5), (1.01, 0.5), (0.5, -0.01), (0.5, 1.01), (.nan, 0.5)] {
            XCTAssertFalse(app.model.camera.focus(at: CGPoint(x: x, y: y)))
        }
        XCTAssertTrue(app.model.camera.focus(at: CGPoint(x: 0, y: 1)))
        let isFocused = await app.wait { app.pipeline.count("focus 0.0 1.0") == 1 }
        XCTAssertTrue(isFocused)
        XCTAssertEqual(app.pipeline.calls.filter { $0.hasPrefix("focus") }.count, 1)
    }

    func testACameraLooksWhereItWasToldToUntilThatIsSomethingElse() {
        var focus = CameraFocus()
        func isOver(_ device: String, at time: Double) -> Bool {
            focus.isOver(after: CameraFocus.Change(deviceID: device, time: time))
        }
        XCTAssertFalse(isOver("back", at: 1), "nobody touched anything")
        focus.touch(on: "back", at: 2)
        XCTAssertFalse(isOver("back", at: 1), "it was why somebody touched")
        XCTAssertFalse(isOver("front", at: 3), "another camera saw it")
        XCTAssertTrue(isOver("back", at: 3))
        focus.end()
        XCTAssertFalse(isOver("back", at: 4))
    }
}
