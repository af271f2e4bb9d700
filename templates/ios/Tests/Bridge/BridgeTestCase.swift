import Foundation
import XCTest

@testable import App

/// What the tests of the bridge share: the app's own model, its golden vectors, and pictures laid out in other ways.
class BridgeTestCase: XCTestCase {
    /// Boxes of the same picture on another processor: the last bits of a model's sums differ.
    static let cornerTolerance: Float = 0.5
    static let scoreTolerance: Float = 0.005

    func detector() throws -> Detector {
        try Detector(modelPath: ModelFiles.path(), threads: 0, allClasses: true)
    }

    /// Every picture of the golden vectors in which PyTorch finds something.
    func goldenPictures() throws -> [GoldenPicture] {
        let vectors = try GoldenVectors(path: ModelFiles.vectors())
        let pictures = try (0..<vectors.pictureCount).map { try vectors.picture(at: $0) }
        let shown = pictures.filter { !$0.detections.isEmpty }
        try XCTSkipIf(shown.isEmpty, "the vectors were made without a checkpoint: they hold no boxes")
        return shown
    }

    func detect(_ picture: Pixels, with detector: Detector) throws -> DetectionResult {
        try picture.bytes.withUnsafeBytes { buffer in
            try detector.detect(
                bytes: XCTUnwrap(buffer.baseAddress), width: picture.width, height: picture.height,
                bytesPerRow: picture.bytesPerRow, pixelFormat: picture.format, orientation: picture.orientation)
        }
    }

    /// The same boxes, bit for bit.
    func assertSame(_ ours: DetectionResult, _ theirs: DetectionResult, _ what: String) {
        XCTAssertEqual(ours.detections.map(Numbers.init), theirs.detections.map(Numbers.init), what)
        XCTAssertEqual(ours.candidateCount, theirs.candidateCount, what)
        XCTAssertEqual(ours.imageWidth, theirs.imageWidth, what)
        XCTAssertEqual(ours.imageHeight, theirs.imageHeight, what)
    }

    /// What an operation fails with.
    func code<Result>(of operation: () throws -> Result) -> DetectorError.Code? {
        do {
            _ = try operation()
        } catch let error as DetectorError {
            let suggestion = (error as NSError).localizedRecoverySuggestion
            XCTAssertFalse(error.localizedDescription.isEmpty)
            XCTAssertFalse((suggestion ?? "").isEmpty, "nothing is suggested for: \(error.localizedDescription)")
            return error.code
        } catch {
            XCTFail("not an error of the bridge: \(error)")
        }
        return nil
    }
}

/// What two detections are compared by.
struct Numbers: Equatable {
    let corners: [Float]
    let score: Float
    let classIndex: Int

    init(_ detection: Detection) {
        corners = [detection.left, detection.top, detection.right, detection.bottom]
        score = detection.score
        classIndex = detection.classIndex
    }
}
