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
        let dropped = Counter()
        var elected = ElectedDetector<String>(detector: "Core ML", onDrop: { dropped.add() })
        for _ in 0..<4 { XCTAssertNil(try run(&elected, isBad: true)) }
        XCTAssertEqual(dropped.count, 0)
        XCTAssertEqual(try run(&elected, isBad: true), "CPU")
        XCTAssertEqual(dropped.count, 1)
        XCTAssertEqual(try run(&elected, isBad: false), "CPU")
        XCTAssertEqual(dropped.count, 1)
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

private final class Counter: @unchecked Sendable {
    private(set) var count = 0

    func add() {
        count += 1
    }
}
