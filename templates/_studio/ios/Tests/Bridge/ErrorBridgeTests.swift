import Foundation
import XCTest

@testable import App

/// Every failure is a `DetectorError` that says what is wrong and what to do; none ends the app.
final class ErrorBridgeTests: BridgeTestCase {
    private let pixels = [UInt8](repeating: 0, count: 4 * 4 * 4)

    func testModels() throws {
        let folder = FileManager.default.temporaryDirectory
        let damaged = folder.appendingPathComponent("modèle 模型.pte")
        try Data(repeating: 0, count: 1000).write(to: damaged)
        defer { try? FileManager.default.removeItem(at: damaged) }
        XCTAssertEqual(modelError(damaged.path), .modelDamaged)
        XCTAssertEqual(modelError(folder.appendingPathComponent("none.pte").path), .modelUnreadable)
        XCTAssertEqual(modelError(folder.path), .modelUnreadable)
        XCTAssertEqual(modelError(""), .modelUnreadable)
        XCTAssertEqual(threadError(-1), .runtimeFailure)
    }

    func testPictures() throws {
        let detector = try detector()
        let unsound = [
            (0, 4, 16), (4, 0, 16), (-4, 4, 16), (4, 4, 15), (4, 4, -16), (4, 4, Int.max), (Int.max, 4, Int.max),
        ]
        for (width, height, bytesPerRow) in unsound {
            let found = code {
                try detector.detect(
                    bytes: pixels, width: width, height: height, bytesPerRow: bytesPerRow, pixelFormat: .bgra,
                    orientation: .up)
            }
            XCTAssertEqual(found, .invalidImage, "\(width) x \(height), \(bytesPerRow) bytes per row")
        }
        let short = code {
            try detector.detect(
                luma: pixels, lumaBytesPerRow: 5, chroma: pixels, chromaBytesPerRow: 5, width: 5, height: 5,
                encoding: .bt601Video, orientation: .up)
        }
        XCTAssertEqual(short, .invalidImage)
        let sound = try detector.detect(
            bytes: pixels, width: 4, height: 4, bytesPerRow: 16, pixelFormat: .bgra, orientation: .up)
        XCTAssertEqual(sound.imageWidth, 4)
    }

    func testThresholds() {
        XCTAssertEqual(thresholdError(confidence: .nan), .invalidThresholds)
        XCTAssertEqual(thresholdError(confidence: -0.1), .invalidThresholds)
        XCTAssertEqual(thresholdError(iou: 1.5), .invalidThresholds)
        XCTAssertEqual(thresholdError(maxDetections: 0), .invalidThresholds)
        XCTAssertNil(thresholdError(confidence: 1, iou: 0, maxDetections: 1))
    }

    func testVectors() throws {
        let nowhere = FileManager.default.temporaryDirectory.appendingPathComponent("no vectors").path
        XCTAssertEqual(code { try GoldenVectors(path: nowhere) }, .vectorsUnreadable)
        let check = code { try SelfCheck.run(modelPath: ModelFiles.path(), vectorsPath: nowhere) }
        XCTAssertEqual(check, .vectorsUnreadable)
        let vectors = try GoldenVectors(path: ModelFiles.vectors())
        for index in [-1, vectors.pictureCount, Int.max] {
            XCTAssertEqual(code { try vectors.picture(at: index) }, .vectorsUnreadable)
        }
    }

    /// The threads are the process's: while a detector is there, another one cannot have another number.
    func testThreads() throws {
        let detector = try detector()
        let threads = detector.threadCount
        XCTAssertEqual(threadError(threads == 1 ? 2 : 1), .runtimeFailure)
        XCTAssertNil(threadError(threads))
        XCTAssertEqual(detector.threadCount, threads)
    }

    private func modelError(_ path: String) -> DetectorError.Code? {
        code { try Detector(modelPath: path, threads: 0, allClasses: false) }
    }

    private func threadError(_ threads: Int) -> DetectorError.Code? {
        code { try Detector(modelPath: ModelFiles.path(), threads: threads, allClasses: false) }
    }

    private func thresholdError(
        confidence: Double = 0.5, iou: Double = 0.5, maxDetections: Int = 10
    ) -> DetectorError.Code? {
        code {
            try Thresholds(confidence: confidence, iou: iou, maxDetections: maxDetections, classAgnostic: false)
        }
    }
}
