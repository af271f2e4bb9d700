import XCTest

@testable import App

/// The chips below the picture: what is seen and how many of each.
final class ClassChipsTests: XCTestCase {
    func testChipsStandStillWhileThingsComeAndGo() {
        let first = after([.frame([.init(classIndex: 7, count: 3), .init(classIndex: 2, count: 1)], time: 1)])
        XCTAssertEqual(first.chips.map(\.classIndex), [7, 2])
        let others: [ClassCount] = [.init(classIndex: 5, count: 1), .init(classIndex: 2, count: 4)]
        let second = first.after(.frame(others, time: 2))
        XCTAssertEqual(second.chips.map(\.classIndex), [7, 2, 5], "what is gone for a moment keeps its place")
        XCTAssertEqual(second.chips.map(\.count), [0, 4, 1])
        XCTAssertEqual(second.after(.frame(others, time: 2.9)).chips.map(\.classIndex), [7, 2, 5])
        XCTAssertEqual(second.after(.frame(others, time: 3)).chips.map(\.classIndex), [2, 5])
    }

    func testWhatIsChosenIsThereUntilItIsTappedAgain() {
        let chosen = after([.frame([.init(classIndex: 7, count: 3)], time: 1), .tapped(classIndex: 7)])
        XCTAssertEqual(chosen.chosen, 7)
        let later = chosen.after(.frame([], time: 99))
        XCTAssertEqual(later.chips, [ClassCount(classIndex: 7, count: 0)])
        XCTAssertEqual(later.after(.cleared).chips, [ClassCount(classIndex: 7, count: 0)])
        let all = later.after(.tapped(classIndex: 7))
        XCTAssertNil(all.chosen)
        XCTAssertEqual(all.after(.frame([], time: 100)).chips, [])
        XCTAssertEqual(chosen.after(.tapped(classIndex: 5)).chosen, 5)
    }

    func testAPhotoHasItsOwnClassesAlone() {
        let live = after([.frame([.init(classIndex: 7, count: 3)], time: 1)])
        XCTAssertEqual(live.after(.photo([.init(classIndex: 1, count: 2)])).chips, [.init(classIndex: 1, count: 2)])
        XCTAssertEqual(live.after(.cleared).chips, [])
    }

    func testAClockThatWentBackKeepsNothing() {
        let later = after([.frame([.init(classIndex: 7, count: 3)], time: 100)])
        XCTAssertEqual(later.after(.frame([], time: 1)).chips, [])
    }

    func testEightyClassesEachHaveAChip() {
        let all = (0..<80).map { ClassCount(classIndex: $0, count: 4) }
        XCTAssertEqual(after([.frame(all, time: 1)]).after(.frame(all.reversed(), time: 2)).chips, all)
    }

    func testOneClassIsShownAndAllAreCounted() {
        var result = TestPipeline.result(0)
        result.boxes = [0, 1, 0, 2].map { Box(left: 0, top: 0, right: 1, bottom: 1, score: 0.5, classIndex: $0) }
        ClassFilter(only: nil).process(&result)
        XCTAssertEqual(result.boxes.count, 4)
        ClassFilter(only: 0).process(&result)
        XCTAssertEqual(result.boxes.map(\.classIndex), [0, 0])
        XCTAssertEqual(result.seen, [(0, 2), (1, 1), (2, 1)].map { ClassCount(classIndex: $0, count: $1) })
    }

    func testAClassTakesTheNextColourAndAtLastItsOwnAgain() {
        let count = Appearance.classColors.count
        let once = after([.recolored(classIndex: 7)])
        XCTAssertEqual(once.colors, [7: 8])
        XCTAssertEqual(once.after(.frame([], time: 1)).after(.cleared).colors, [7: 8])
        XCTAssertEqual(once.after(.recolored(classIndex: count - 1)).colors, [7: 8, count - 1: 0])
        let round = (0..<count).reduce(ClassChips()) { chips, _ in chips.after(.recolored(classIndex: count + 3)) }
        XCTAssertEqual(round, ClassChips())
    }

    /// Also of things that are followed, which have a colour each.
    func testWhatIsOfAClassHasTheChosenColour() {
        var result = TestPipeline.result(0)
        result.boxes = [(0, nil), (1, nil), (0, 5)].map {
            Box(left: 0, top: 0, right: 1, bottom: 1, score: 0.5, classIndex: $0, track: $1)
        }
        ClassFilter(only: nil).process(&result)
        XCTAssertEqual(result.boxes.map(\.color), [0, 1, 5].map(ClassColor.init(classIndex:)))
        ClassFilter(only: nil, colors: [0: 9]).process(&result)
        XCTAssertEqual(result.boxes.map(\.color), [9, 1, 9].map(ClassColor.init(classIndex:)))
    }

    @MainActor
    func testATapGoesToTheDetectorAndAPhotoIsShownAnew() async {
        let app = TestApp()
        _ = await app.isReady()
        await app.openPhoto()
        app.model.tapChip(of: 0)
        let isChosen = await app.wait { app.pipeline.count("confidence 0.25 only 0") == 1 }
        XCTAssertTrue(isChosen)
        let isShown = await app.wait { app.pipeline.count("detect again") > 0 }
        XCTAssertTrue(isShown)
        app.model.tapChip(of: 0)
        let areAll = await app.wait { app.pipeline.calls.last { $0.hasPrefix("confidence") } == "confidence 0.25" }
        XCTAssertTrue(areAll)
        app.model.recolor(0)
        let isColored = await app.wait { app.pipeline.calls.contains("confidence 0.25 colors [0: 1]") }
        XCTAssertTrue(isColored)
        XCTAssertEqual(app.model.results.colors, [0: 1])
    }

    private func after(_ events: [ClassChips.Event]) -> ClassChips {
        events.reduce(ClassChips()) { $0.after($1) }
    }
}
