import AVFoundation
import Foundation
import CoreImage

/// Looks at the camera's frames, one after the other, where they arrive.
///
/// It belongs to LivePipeline and is used on its queue only: its owner's executor is the very queue on which AVFoundation
/// delivers frames. So a frame needs no copy and no hop. (Actor.assumeIsolated would let the owner itself be the delegate,
/// but before iOS 18 it does not know a dispatch queue that no task runs on, and ends the app.)
final class FrameAnalyzer: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate {
    /// Nil: frames pass unseen.
    var detector: Detector? {
        didSet {
            failures.end()
            lastPhoto = nil
        }
    }
    /// Of the photo that the detector looked at last; nil: that was a frame.
    var lastPhoto: CGImage?
    var pace = Pace.full
    var rotationAngle = 0.0
    private(set) var run = 0

    private var processors = ProcessorChain { ResultProcessors.make() + OwnProcessors.make() }
    private var lastTime: Double?
    private var failures = FailureStreak()
    private var snapshotRequests: [CheckedContinuation<Snapshot?, Never>] = []
    private let outcomes: AsyncStream<FrameOutcome>.Continuation

    init(outcomes: AsyncStream<FrameOutcome>.Continuation) {
        self.outcomes = outcomes
    }

    /// For a camera that is started now; its frames bear the number that is returned.
    func startRun() -> Int {
        run += 1
        lastTime = nil
        processors.restart()
        return run
    }

    /// The next frame that is looked at goes there too, as a picture of its own.
    func addSnapshotRequest(_ request: CheckedContinuation<Snapshot?, Never>) {
        snapshotRequests.append(request)
    }

    /// There will be no next frame.
    func cancelSnapshots() {
        answerSnapshots(with: nil)
    }

    func captureOutput(
        _ output: AVCaptureOutput, didOutput sampleBuffer: CMSampleBuffer, from connection: AVCaptureConnection
    ) {
        guard let detector, let buffer = sampleBuffer.imageBuffer else { return }
        let time = sampleBuffer.presentationTimeStamp.seconds
        guard pace.isDue(at: time, last: lastTime) else { return }
        lastTime = time
        let orientation = ExifOrientation(rotationAngle: rotationAngle)
        lastPhoto = nil
        do {
            let result = processors.process(PictureResult(try detector.detect(in: buffer, orientation: orientation)))
            failures.end()
            outcomes.yield(.found(FrameResult(result: result, rotationAngle: rotationAngle, time: time, run: run)))
            if !snapshotRequests.isEmpty {
                answerSnapshots(with: FrameAnalyzer.snapshot(of: buffer, orientation: orientation, result: result))
            }
        } catch {
            guard failures.fail() else { return }
            self.detector = nil
            outcomes.yield(.failed(DetectorErrorText.text(error)))
            cancelSnapshots()
        }
    }

    /// What is shown of what was found in a photo.
    func processed(photo result: DetectionResult) -> PictureResult {
        processors.processAlone(PictureResult(result))
    }

    private func answerSnapshots(with snapshot: Snapshot?) {
        let requests = snapshotRequests
        snapshotRequests = []
        for request in requests { request.resume(returning: snapshot) }
    }

    private static func snapshot(of buffer: CVPixelBuffer, orientation: ExifOrientation, result: PictureResult) -> Snapshot? {
        let picture = CIImage(cvPixelBuffer: buffer)
        guard let image = CIContext().createCGImage(picture, from: picture.extent) else { return nil }
        return Snapshot(image: image, orientation: orientation, result: result)
    }
}
