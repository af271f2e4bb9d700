import AVFoundation
import CoreImage
import UIKit

/// A video that is being written: frames with what was found drawn over them, without sound. Of one queue.
final class Film {
    struct CannotWrite: Error {}

    private(set) var clock = RecordingClock()

    private static let bitsPerSecond = 5_000_000

    private let file = MovieFile(pathExtension: "mp4")
    private let writer: AVAssetWriter
    private let input: AVAssetWriterInput
    private let adaptor: AVAssetWriterInputPixelBufferAdaptor
    private let painter: PicturePainter
    private let images = CIContext()

    /// It is as large as `first`; frames that lie otherwise find their place in it.
    init(of model: Model, first: CGSize) throws {
        guard let (width, height) = VideoSize.fitting(width: first.width, height: first.height) else { throw CannotWrite() }
        writer = try AVAssetWriter(outputURL: file.url, fileType: .mp4)
        input = AVAssetWriterInput(
            mediaType: .video,
            outputSettings: [
                AVVideoCodecKey: AVVideoCodecType.h264, AVVideoWidthKey: width, AVVideoHeightKey: height,
                AVVideoCompressionPropertiesKey: [AVVideoAverageBitRateKey: Film.bitsPerSecond],
            ])
        input.expectsMediaDataInRealTime = true
        adaptor = AVAssetWriterInputPixelBufferAdaptor(
            assetWriterInput: input,
            sourcePixelBufferAttributes: [
                kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_32BGRA,
                kCVPixelBufferWidthKey as String: width, kCVPixelBufferHeightKey as String: height,
            ])
        painter = PicturePainter(model: model, size: CGSize(width: width, height: height))
        guard writer.canAdd(input) else { throw CannotWrite() }
        writer.add(input)
        guard writer.startWriting() else { throw CannotWrite() }
        writer.startSession(atSourceTime: .zero)
    }

    /// A frame that comes too fast for the file is left out.
    func add(_ frame: CVPixelBuffer, _ orientation: ExifOrientation, _ result: PictureResult, time: Double) throws {
        guard input.isReadyForMoreMediaData, let time = clock.next(time) else {
            if writer.status == .failed { throw CannotWrite() }
            return
        }
        let buffer = try makeBuffer()
        let upright = CIImage(cvPixelBuffer: frame).oriented(forExifOrientation: Int32(orientation.rawValue))
        draw(upright, in: painter.mapping(of: result).frame, into: buffer)
        try draw(result, into: buffer)
        let isWritten = adaptor.append(buffer, withPresentationTime: CMTime(seconds: time, preferredTimescale: 600))
        if !isWritten { throw CannotWrite() }
    }

    /// Gives the file to who asked for it. An app that has just left the screen has the time for that.
    func finish(_ request: CheckedContinuation<RecordedVideo?, any Error>, isCutShort: Bool) {
        let video = RecordedVideo(file: file, seconds: clock.seconds, isCutShort: isCutShort)
        input.markAsFinished()
        nonisolated(unsafe) let writer = writer  // nobody else asks it for anything any more
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

    private func makeBuffer() throws -> CVPixelBuffer {
        var made: CVPixelBuffer?
        guard let pool = adaptor.pixelBufferPool, CVPixelBufferPoolCreatePixelBuffer(nil, pool, &made) == kCVReturnSuccess,
            let buffer = made
        else { throw CannotWrite() }
        return buffer
    }

    /// Without another picture of the frame's size in between. `place`: in the middle, so that it matters not whether rows
    /// begin below, as Core Image's do. What is left beside it is black, not an earlier frame.
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

    private func draw(_ result: PictureResult, into buffer: CVPixelBuffer) throws {
        CVPixelBufferLockBaseAddress(buffer, [])
        defer { CVPixelBufferUnlockBaseAddress(buffer, []) }
        let (width, height) = (CVPixelBufferGetWidth(buffer), CVPixelBufferGetHeight(buffer))
        guard
            let context = CGContext(
                data: CVPixelBufferGetBaseAddress(buffer), width: width, height: height, bitsPerComponent: 8,
                bytesPerRow: CVPixelBufferGetBytesPerRow(buffer), space: CGColorSpaceCreateDeviceRGB(),
                bitmapInfo: CGBitmapInfo.byteOrder32Little.rawValue | CGImageAlphaInfo.noneSkipFirst.rawValue)
        else { throw CannotWrite() }
        // UIKit's first row is the uppermost.
        context.translateBy(x: 0, y: Double(height))
        context.scaleBy(x: 1, y: -1)
        UIGraphicsPushContext(context)
        painter.draw(result, in: context)
        UIGraphicsPopContext()
    }
}
