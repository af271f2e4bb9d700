import AVFoundation
import CoreImage
import CoreTransferable
import UIKit

/// A recording: the detected frames, and the request for their video.
final class Recording {
    private let model: Model
    private let request: CheckedContinuation<RecordedVideo?, any Error>
    private var isRunning = true
    private var writer: VideoWriter?
    private var room = RecordingRoom()

    init(of model: Model, for request: CheckedContinuation<RecordedVideo?, any Error>) {
        self.model = model
        self.request = request
    }

    func add(_ frame: CVPixelBuffer, _ orientation: ExifOrientation, _ result: VisionResult, time: Double) {
        guard isRunning else { return }
        do {
            let writer = try writer ?? VideoWriter(of: model, first: result.size)
            self.writer = writer
            try autoreleasepool { try writer.add(frame, orientation, result, time: time) }
            if writer.clock.isOver { end() }
            if room.isGone(at: time, free: Recording.freeBytes) { end(isCutShort: true) }
        } catch {
            isRunning = false
            request.resume(throwing: error)
        }
    }

    func end(isCutShort: Bool = false) {
        guard isRunning else { return }
        isRunning = false
        if let writer { writer.finish(request, isCutShort: isCutShort) } else { request.resume(returning: nil) }
    }

    static func freeBytes() -> Int64? {
        let folder = FileManager.default.temporaryDirectory.path
        let system = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (system?[.systemFreeSize] as? NSNumber)?.int64Value
    }
}

struct RecordedVideo: Sendable, Transferable {
    let file: MovieFile
    let seconds: Double
    /// There was no more room on the device.
    let isCutShort: Bool

    var words: String {
        let words = String(format: String(localized: "video_contents"), NumberText.tenths(seconds))
        return isCutShort ? String(localized: "recording_failed") + "\n\n" + words : words
    }

    static var transferRepresentation: some TransferRepresentation {
        FileRepresentation(exportedContentType: .mpeg4Movie) { SentTransferredFile($0.file.url) }
            .suggestedFileName("video.mp4")
    }
}

/// Writes frames with their results drawn over them, without sound. Used on one queue.
final class VideoWriter {
    struct CannotWrite: Error {}

    private(set) var clock = RecordingClock()

    private let file = MovieFile(pathExtension: "mp4")
    private let writer: AVAssetWriter
    private let input: AVAssetWriterInput
    private let adaptor: AVAssetWriterInputPixelBufferAdaptor
    private let size: CGSize
    private let painter: ResultPainter
    private let images = CIContext()

    /// `first`: the size of the first frame, and of the video.
    init(of model: Model, first: CGSize) throws {
        guard let (width, height) = VideoSize.fitting(width: first.width, height: first.height) else { throw CannotWrite() }
        writer = try AVAssetWriter(outputURL: file.url, fileType: .mp4)
        input = AVAssetWriterInput(
            mediaType: .video,
            outputSettings: [
                AVVideoCodecKey: AVVideoCodecType.h264, AVVideoWidthKey: width, AVVideoHeightKey: height,
                AVVideoCompressionPropertiesKey: [AVVideoAverageBitRateKey: 5_000_000],
            ])
        input.expectsMediaDataInRealTime = true
        adaptor = AVAssetWriterInputPixelBufferAdaptor(
            assetWriterInput: input,
            sourcePixelBufferAttributes: [
                kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_32BGRA,
                kCVPixelBufferWidthKey as String: width, kCVPixelBufferHeightKey as String: height,
            ])
        size = CGSize(width: width, height: height)
        painter = ResultPainter(model: model, size: size)
        guard writer.canAdd(input) else { throw CannotWrite() }
        writer.add(input)
        guard writer.startWriting() else { throw CannotWrite() }
        writer.startSession(atSourceTime: .zero)
    }

    /// Frames that come too fast for the file are left out.
    func add(_ frame: CVPixelBuffer, _ orientation: ExifOrientation, _ result: VisionResult, time: Double) throws {
        guard input.isReadyForMoreMediaData, let time = clock.next(time) else {
            if writer.status == .failed { throw CannotWrite() }
            return
        }
        var buffer: CVPixelBuffer?
        guard let pool = adaptor.pixelBufferPool,
            CVPixelBufferPoolCreatePixelBuffer(nil, pool, &buffer) == kCVReturnSuccess, let buffer
        else { throw CannotWrite() }
        let upright = CIImage(cvPixelBuffer: frame).oriented(forExifOrientation: Int32(orientation.rawValue))
        let mapping = PictureMapping(picture: result.size, view: size, aspect: .fit)
        draw(upright, in: mapping.frame, into: buffer)
        try draw(result, in: mapping, into: buffer)
        let isWritten = adaptor.append(buffer, withPresentationTime: CMTime(seconds: time, preferredTimescale: 600))
        if !isWritten { throw CannotWrite() }
    }

    /// Finishes the file, also if the app has just left the screen.
    func finish(_ request: CheckedContinuation<RecordedVideo?, any Error>, isCutShort: Bool) {
        let video = RecordedVideo(file: file, seconds: clock.seconds, isCutShort: isCutShort)
        input.markAsFinished()
        nonisolated(unsafe) let writer = writer  // no longer used elsewhere
        let written = DispatchSemaphore(value: 0)
        ProcessInfo.processInfo.performExpiringActivity(withReason: "recording") { isExpired in
            if isExpired { written.signal() } else { written.wait() }
        }
        writer.finishWriting {
            defer { written.signal() }
            if writer.status == .completed {
                request.resume(returning: video)
            } else {
                request.resume(throwing: CannotWrite())
            }
        }
    }

    /// Draws the frame, with black bars beside it.
    private func draw(_ picture: CIImage, in place: CGRect, into buffer: CVPixelBuffer) {
        let extent = picture.extent
        let placed = picture.transformed(by: CGAffineTransform(translationX: -extent.minX, y: -extent.minY))
            .transformed(by: CGAffineTransform(scaleX: place.width / extent.width, y: place.height / extent.height))
            .transformed(by: CGAffineTransform(translationX: place.minX, y: place.minY))
        let whole = CGRect(x: 0, y: 0, width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer))
        images.render(
            placed.composited(over: .black), to: buffer, bounds: whole,
            colorSpace: CGColorSpace(name: CGColorSpace.sRGB))
    }

    private func draw(_ result: VisionResult, in mapping: PictureMapping, into buffer: CVPixelBuffer) throws {
        CVPixelBufferLockBaseAddress(buffer, [])
        defer { CVPixelBufferUnlockBaseAddress(buffer, []) }
        let (width, height) = (CVPixelBufferGetWidth(buffer), CVPixelBufferGetHeight(buffer))
        guard
            let context = CGContext(
                data: CVPixelBufferGetBaseAddress(buffer), width: width, height: height, bitsPerComponent: 8,
                bytesPerRow: CVPixelBufferGetBytesPerRow(buffer), space: CGColorSpaceCreateDeviceRGB(),
                bitmapInfo: CGBitmapInfo.byteOrder32Little.rawValue | CGImageAlphaInfo.noneSkipFirst.rawValue)
        else { throw CannotWrite() }
        // UIKit's first row is at the top.
        context.translateBy(x: 0, y: Double(height))
        context.scaleBy(x: 1, y: -1)
        painter.draw(result, in: mapping, on: context)
    }
}
