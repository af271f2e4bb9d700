import XCTest

@testable import App

/// Bad frames of a selected program: they are not shown, and five in a row end its service.
final class SelectedDetectorTests: XCTestCase {
    private struct Failure: LocalizedError {
        let errorDescription: String? = "an output has NaN"
    }

    /// Returns the name of the detector that served; nil: a bad frame.
    private func run(_ selected: inout SelectedDetector<String>, isBad: Bool) throws -> String? {
        try selected.run(orWith: "CPU") { name in
            if isBad && name != "CPU" { throw Failure() }
            return name
        }
    }

    func testCPUServesWithoutASelectedProgram() throws {
        var selected = SelectedDetector<String>()
        XCTAssertEqual(try run(&selected, isBad: true), "CPU")
        selected.detector = "Core ML"
        XCTAssertEqual(try run(&selected, isBad: false), "Core ML")
    }

    func testFiveBadFramesInARowEndTheServiceAndTheFifthIsAnalyzedByTheCPU() throws {
        let events = Events()
        var selected = SelectedDetector<String>(detector: "Core ML", onEvent: events.add)
        for _ in 0..<4 { XCTAssertNil(try run(&selected, isBad: true)) }
        XCTAssertEqual(events.all, [])
        for isBad in [true, false] {
            XCTAssertEqual(try run(&selected, isBad: isBad), "CPU")
            XCTAssertEqual(events.all, [.dropped("an output has NaN")])
        }
    }

    func testFiveGoodFramesAreAGoodStartOnce() throws {
        let events = Events()
        var selected = SelectedDetector<String>(detector: "Core ML", onEvent: events.add)
        XCTAssertNil(try run(&selected, isBad: true))
        for _ in 0..<4 { _ = try run(&selected, isBad: false) }
        XCTAssertEqual(events.all, [])
        for _ in 0..<9 { _ = try run(&selected, isBad: false) }
        XCTAssertEqual(events.all, [.startedWell])
        selected.detector = "Core ML"  // another start
        for _ in 0..<5 { _ = try run(&selected, isBad: false) }
        XCTAssertEqual(events.all, [.startedWell, .startedWell])
    }

    func testGoodFrameStartsTheCountAgain() throws {
        var selected = SelectedDetector<String>(detector: "Core ML")
        for _ in 0..<3 {
            for _ in 0..<4 { XCTAssertNil(try run(&selected, isBad: true)) }
            XCTAssertEqual(try run(&selected, isBad: false), "Core ML")
        }
    }

    func testErrorOfTheCPUIsThrown() {
        var selected = SelectedDetector<String>()
        XCTAssertThrowsError(try selected.run(orWith: "CPU") { _ -> String in throw Failure() })
    }
}

private final class Events: @unchecked Sendable {
    private(set) var all: [ServiceEvent] = []

    @Sendable func add(_ event: ServiceEvent) {
        all.append(event)
    }
}
