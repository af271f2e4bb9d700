import XCTest

@testable import App

/// A picture of 400 x 300 pixels, whole in a view of 200 x 400 points: there it is 200 x 150, from (0, 125) on.
final class PhotoZoomTests: XCTestCase {
    func testWhatLiesBelowTheFingersStaysThere() throws {
        let point = CGPoint(x: 150, y: 180)
        let before = try XCTUnwrap(mapping(PhotoZoom()).pixel(at: point))
        let zoomed = after([.pinched(by: 2, around: point), .pinched(by: 4, around: point)])
        XCTAssertEqual(zoomed.scale, 4)
        let there = try XCTUnwrap(mapping(zoomed).pixel(at: point))
        XCTAssertEqual(there.x, before.x, accuracy: 1e-9)
        XCTAssertEqual(there.y, before.y, accuracy: 1e-9)
        XCTAssertEqual(after([.pinched(by: 2, around: point), .released, .pinched(by: 2, around: point)]).scale, 4)
    }

    func testAPictureIsNeitherSmallerThanWholeNorLargerThanEightTimes() {
        let middle = CGPoint(x: 100, y: 200)
        XCTAssertEqual(after([.pinched(by: 0.1, around: middle)]), after([.pinched(by: 1, around: middle)]))
        XCTAssertEqual(after([.pinched(by: 100, around: middle)]).scale, 8)
        XCTAssertEqual(after([.pinched(by: .infinity, around: middle)]).scale, 1)
        XCTAssertFalse(after([.pinched(by: 0.5, around: middle)]).isMagnified)
        XCTAssertTrue(after([.pinched(by: 1.5, around: middle)]).isMagnified)
    }

    /// Four times as large it is 800 x 600 points: it can go by 300 to each side, and by 100 up and down.
    func testAFingerMovesItAsFarAsThereIsPicture() {
        let large: [PhotoZoom.Event] = [.pinched(by: 4, around: CGPoint(x: 100, y: 200)), .released]
        let moved = after(large + [.dragged(by: CGSize(width: -30, height: 20))])
        XCTAssertEqual(moved.offset, CGSize(width: -30, height: 20))
        let further = moved.after(.dragged(by: CGSize(width: -50, height: 40)), place: place, in: view)
        XCTAssertEqual(further.offset, CGSize(width: -50, height: 40), "from where the finger came down")
        let far = after(large + [.dragged(by: CGSize(width: -999, height: 999))])
        XCTAssertEqual(far.offset, CGSize(width: -300, height: 100))
        XCTAssertEqual(after([.dragged(by: CGSize(width: 50, height: 50))]).offset, .zero, "it is seen whole")
    }

    func testASmallerPictureComesBackIntoTheView() {
        let moved: [PhotoZoom.Event] = [
            .pinched(by: 4, around: CGPoint(x: 0, y: 125)), .released, .dragged(by: CGSize(width: 999, height: 999)),
            .released, .pinched(by: 0.25, around: CGPoint(x: 20, y: 300)), .released,
        ]
        XCTAssertEqual(after(moved), PhotoZoom())
    }

    /// Such as that of a phone that was turned.
    func testAPictureThatWasMovedStaysInAViewOfAnotherSize() {
        let moved = after([
            .pinched(by: 4, around: CGPoint(x: 100, y: 200)), .released, .dragged(by: CGSize(width: -300, height: 0)),
            .released,
        ])
        XCTAssertEqual(mapping(moved).frame.maxX, view.width)
        let narrow = PictureMapping(
            picture: picture, view: CGSize(width: 100, height: 400), aspect: .fit, zoom: moved)
        XCTAssertEqual(narrow.frame.maxX, 100)
        let dragged = moved.after(
            .dragged(by: CGSize(width: 10, height: 0)), place: narrow.place, in: narrow.view)
        XCTAssertEqual(dragged.offset, CGSize(width: -140, height: 0), "at once, from where it is seen")
    }

    /// The camera's picture fills the view when it is held, and sticks out of it.
    func testAPictureThatSticksOutIsMovedAlsoAsItIs() {
        let place = CGRect(x: -150, y: 0, width: 500, height: 400)
        let moved = PhotoZoom().after(.dragged(by: CGSize(width: 999, height: 9)), place: place, in: view)
        XCTAssertEqual(moved.offset, CGSize(width: 150, height: 0))
        XCTAssertTrue(moved.isMagnified, "two touches take it back")
    }

    func testWhatIsDrawnLiesWhereThePictureDoes() {
        let mapping = mapping(after([.pinched(by: 2, around: CGPoint(x: 0, y: 200)), .released]))
        XCTAssertEqual(mapping.frame, CGRect(x: 0, y: 50, width: 400, height: 300))
        XCTAssertEqual(mapping.visible, CGRect(x: 0, y: 50, width: 200, height: 300))
        XCTAssertEqual(mapping.point(of: CGPoint(x: 100, y: 150)), CGPoint(x: 100, y: 200))
        XCTAssertEqual(mapping.place, place)
    }

    @MainActor
    func testAnotherPictureIsSeenWhole() async {
        let app = TestApp()
        _ = await app.isReady()
        let event = PhotoZoom.Event.pinched(by: 2, around: .zero)
        app.model.zoom(event, in: mapping(PhotoZoom()))
        XCTAssertEqual(app.model.photos.zoom, PhotoZoom(), "what moves is not magnified so")
        XCTAssertEqual(app.model.camera.zoom.factor, 4, "but by its camera, twice as far")
        app.model.zoom(.released, in: nil)
        await app.openPhoto()
        app.model.zoom(event, in: mapping(PhotoZoom()))
        XCTAssertEqual(app.model.photos.zoom.scale, 2)
        XCTAssertEqual(app.model.camera.zoom.factor, 4)
        app.model.photos.showWhole()
        XCTAssertEqual(app.model.photos.zoom, PhotoZoom())
        app.model.zoom(event, in: mapping(PhotoZoom()))
        app.model.photos.close()
        XCTAssertEqual(app.model.photos.zoom, PhotoZoom())
    }

    /// As VoiceOver does it: `place` is a share of the view, and each time is one for itself.
    @MainActor
    func testWhoCannotPinchComesTwiceAsNear() async {
        let app = TestApp()
        _ = await app.isReady()
        let middle = CGPoint(x: 0.5, y: 0.5)
        for _ in 0..<2 { app.model.zoom(isNearer: true, at: middle, in: nil) }
        XCTAssertEqual(app.model.camera.zoom.factor, 8)
        app.model.zoom(isNearer: false, at: middle, in: nil)
        XCTAssertEqual(app.model.camera.zoom.factor, 4)
        await app.openPhoto()
        let right = CGPoint(x: 1, y: 0.5)
        for _ in 0..<2 { app.model.zoom(isNearer: true, at: right, in: mapping(app.model.photos.zoom)) }
        XCTAssertEqual(app.model.photos.zoom.scale, 4)
        XCTAssertEqual(mapping(app.model.photos.zoom).frame.maxX, view.width, "there")
        app.model.move(by: CGSize(width: 0.25, height: 0), in: mapping(app.model.photos.zoom))
        XCTAssertEqual(mapping(app.model.photos.zoom).frame.maxX, view.width + 50, "who cannot drag moves it")
        app.model.move(by: CGSize(width: 9, height: 0), in: mapping(app.model.photos.zoom))
        XCTAssertEqual(mapping(app.model.photos.zoom).frame.minX, 0, "as far as there is picture")
        app.model.zoom(isNearer: true, at: middle, in: nil)
        XCTAssertEqual(app.model.photos.zoom.scale, 4, "nothing was drawn")
        XCTAssertEqual(
            app.device.said.filter { $0.hasSuffix("x") }, ["2x", "4x", "2x", "2x", "4x", "4x"], "how far that is, each time")
        await app.openVideo()
        app.model.zoom(isNearer: true, at: middle, in: mapping(PhotoZoom()))
        XCTAssertEqual(app.device.said.filter { $0.hasSuffix("x") }.count, 6, "a video is not zoomed")
    }

    private let picture = CGSize(width: 400, height: 300)
    private let view = CGSize(width: 200, height: 400)
    private let place = CGRect(x: 0, y: 125, width: 200, height: 150)

    private func mapping(_ zoom: PhotoZoom) -> PictureMapping {
        PictureMapping(picture: picture, view: view, aspect: .fit, zoom: zoom)
    }

    private func after(_ events: [PhotoZoom.Event]) -> PhotoZoom {
        events.reduce(PhotoZoom()) { $0.after($1, place: place, in: view) }
    }
}
