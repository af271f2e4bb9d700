import CoreGraphics
import XCTest

@testable import App

/// The whole chain on this device, compared with the golden vectors.
final class SelfCheckTests: XCTestCase {
    func testEveryStagePasses() throws {
        let report = try SelfCheck.run(modelPath: ModelFiles.model(), vectorsPath: ModelFiles.vectors())
        for stage in report.stages {
            let problems = stage.problems.joined(separator: "; ")
            XCTAssertTrue(stage.isPassed, "\(stage.name) is off by \(stage.worst) \(stage.unit): \(problems)")
        }
        XCTAssertTrue(report.isPassed)
        XCTAssertGreaterThan(report.pictureCount, 0)
        XCTAssertGreaterThan(report.stages.map(\.comparedCount).reduce(0, +), 0)
    }

    func testPhotoPassesThroughDetectorAndResultProcessor() async throws {
        let size = 64
        let (pixels, space) = (Data(repeating: 128, count: 4 * size * size), CGColorSpaceCreateDeviceRGB())
        let image = try XCTUnwrap(Photo.image(of: pixels, width: size, height: size, space))
        let photo = Photo(pixels: pixels, width: size, height: size, colorSpace: space, orientation: .up, preview: image)
        let result = try await LivePipeline().detect(in: photo)
        XCTAssertEqual(result.size, CGSize(width: size, height: size))
        XCTAssertGreaterThan(result.inferenceMilliseconds, 0)
    }
}
