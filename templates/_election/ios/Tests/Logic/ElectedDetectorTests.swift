import XCTest

@testable import App

/// Bad frames of an elected program: they are not shown, and five in a row end its service.
final class ElectedDetectorTests: XCTestCase {
    private struct Failure: Error {}

    /// Returns the name of the detector that served; nil: a bad frame.
    private func run(_ elected: inout ElectedDetector<String>, isBad: Bool) throws -> String? {
        try elected.run(orWith: "CPU") { name in
            if isBad && name != "CPU" { throw Failure() }
            return name
        }
    }

    func testCPUServesWithoutAnElectedProgram() throws {
        var elected = ElectedDetector<String>()
        XCTAssertEqual(try run(&elected, isBad: true), "CPU")
        elected.detector = "Core ML"
        XCTAssertEqual(try run(&elected, isBad: false), "Core ML")
    }

    func testFiveBadFramesInARowEndTheServiceAndTheFifthIsAnalyzedByTheCPU() throws {
        let events = Events()
        var elected = ElectedDetector<String>(detector: "Core ML", onEvent: events.add)
        for _ in 0..<4 { XCTAssertNil(try run(&elected, isBad: true)) }
        XCTAssertEqual(events.all, [])
        XCTAssertEqual(try run(&elected, isBad: true), "CPU")
        XCTAssertEqual(events.all, [.dropped])
        XCTAssertEqual(try run(&elected, isBad: false), "CPU")
        XCTAssertEqual(events.all, [.dropped])
    }

    func testFiveGoodFramesAreAGoodStartOnce() throws {
        let events = Events()
        var elected = ElectedDetector<String>(detector: "Core ML", onEvent: events.add)
        XCTAssertNil(try run(&elected, isBad: true))
        for _ in 0..<4 { _ = try run(&elected, isBad: false) }
        XCTAssertEqual(events.all, [])
        for _ in 0..<9 { _ = try run(&elected, isBad: false) }
        XCTAssertEqual(events.all, [.startedWell])
        elected.detector = "Core ML"  // another start
        for _ in 0..<5 { _ = try run(&elected, isBad: false) }
        XCTAssertEqual(events.all, [.startedWell, .startedWell])
    }

    func testGoodFrameStartsTheCountAgain() throws {
        var elected = ElectedDetector<String>(detector: "Core ML")
        for _ in 0..<3 {
            for _ in 0..<4 { XCTAssertNil(try run(&elected, isBad: true)) }
            XCTAssertEqual(try run(&elected, isBad: false), "Core ML")
        }
    }

    func testErrorOfTheCPUIsThrown() {
        var elected = ElectedDetector<String>()
        XCTAssertThrowsError(try elected.run(orWith: "CPU") { _ -> String in throw Failure() })
    }
}

private final class Events: @unchecked Sendable {
    private(set) var all: [ServiceEvent] = []

    @Sendable func add(_ event: ServiceEvent) {
        all.append(event)
    }
}
