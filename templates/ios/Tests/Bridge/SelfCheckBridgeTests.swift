import XCTest

@testable import App

/// The whole chain on this device, held against PyTorch.
final class SelfCheckBridgeTests: BridgeTestCase {
    func testEveryStagePasses() throws {
        let report = try SelfCheck.run(modelPath: ModelFiles.path(), vectorsPath: ModelFiles.vectors())
        for stage in report.stages {
            let said = stage.problems.joined(separator: "; ")
            XCTAssertTrue(stage.isPassed, "\(stage.name) is off by \(stage.worst) \(stage.unit): \(said)")
            XCTAssertLessThanOrEqual(stage.worst, stage.tolerance, stage.name)
        }
        XCTAssertTrue(report.isPassed)
        XCTAssertGreaterThan(report.pictureCount, 0)
        let names = ["constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes"]
        XCTAssertEqual(report.stages.map(\.name), names)
        XCTAssertGreaterThan(report.stages.map(\.comparedCount).reduce(0, +), 0)
    }

    func testBoxesOfEveryGoldenPictureAreThoseOfPyTorch() throws {
        let detector = try detector()
        for picture in try goldenPictures() {
            detector.thresholds = picture.thresholds
            let result = try detect(Pixels(picture), with: detector)
            XCTAssertEqual(result.imageWidth, picture.width)
            XCTAssertEqual(result.imageHeight, picture.height)
            assertAlike(result.detections, picture)
        }
    }

    func testTheModelIsTheOneOfTheVectors() throws {
        XCTAssertEqual(ModelInfo.modelSHA256.count, 64)
        XCTAssertFalse(ModelInfo.classNames.isEmpty)
        for picture in try goldenPictures() {
            for detection in picture.detections {
                XCTAssertTrue(ModelInfo.classNames.indices.contains(detection.classIndex))
            }
        }
    }

    /// Each of PyTorch's boxes that is not at a threshold has its like.
    private func assertAlike(_ ours: [Detection], _ picture: GoldenPicture) {
        let certain = Float(picture.thresholds.confidence) + Self.scoreTolerance
        for theirs in picture.detections where theirs.score > certain {
            let found = ours.contains { isAlike(Numbers($0), Numbers(theirs)) }
            XCTAssertTrue(found, "\(picture.name): nothing like \(Numbers(theirs))")
        }
    }

    private func isAlike(_ ours: Numbers, _ theirs: Numbers) -> Bool {
        ours.classIndex == theirs.classIndex && abs(ours.score - theirs.score) <= Self.scoreTolerance
            && zip(ours.corners, theirs.corners).allSatisfy { abs($0 - $1) <= Self.cornerTolerance }
    }
}
