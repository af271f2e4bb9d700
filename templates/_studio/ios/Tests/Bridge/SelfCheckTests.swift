import XCTest

@testable import App

/// The model on this device, compared with the golden vectors.
final class SelfCheckTests: XCTestCase {
    func testEveryStagePasses() throws {
        let report = try SelfCheck.run(modelPath: ModelFiles.path(), vectorsPath: ModelFiles.vectors())
        for stage in report.stages {
            let problems = stage.problems.joined(separator: "; ")
            XCTAssertTrue(stage.isPassed, "\(stage.name) is off by \(stage.worst) \(stage.unit): \(problems)")
        }
        XCTAssertTrue(report.isPassed)
        XCTAssertGreaterThan(report.pictureCount, 0)
        XCTAssertGreaterThan(report.stages.map(\.comparedCount).reduce(0, +), 0)
    }

    func testSamplePictureIsDetected() async throws {
        let pipeline = LivePipeline()
        try await pipeline.load(threads: ThreadChoice.automatic)
        let result = try await pipeline.detect(in: pipeline.sample(0), again: false)
        XCTAssertGreaterThan(result?.times.model ?? 0, 0)
    }
}
