import AVFoundation
import Foundation

/// The frames that a player shows, for LivePipeline, which alone asks for them.
struct VideoFrames: @unchecked Sendable {
    /// From one look for a new frame to the next.
    static let pause = Duration.milliseconds(8)

    let turn: FrameTurn
    let output: AVPlayerItemVideoOutput

    /// Nil if this device cannot play it.
    init?(of file: URL) async {
        let asset = AVURLAsset(url: file)
        guard (try? await asset.load(.isPlayable)) == true,
            let track = try? await asset.loadTracks(withMediaType: .video).first,
            let (stored, turned) = try? await track.load(.naturalSize, .preferredTransform),
            let size = VideoSize.fitting(width: stored.width, height: stored.height)
        else { return nil }
        turn = FrameTurn(orientation: ExifOrientation(a: turned.a, b: turned.b, c: turned.c, d: turned.d))
        // As the camera gives them. A video of more colours than a screen once had (HDR) would look pale otherwise.
        output = AVPlayerItemVideoOutput(outputSettings: [
            kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange,
            kCVPixelBufferWidthKey as String: size.width,
            kCVPixelBufferHeightKey as String: size.height,
            AVVideoColorPropertiesKey: [
                AVVideoColorPrimariesKey: AVVideoColorPrimaries_ITU_R_709_2,
                AVVideoTransferFunctionKey: AVVideoTransferFunction_ITU_R_709_2,
                AVVideoYCbCrMatrixKey: AVVideoYCbCrMatrix_ITU_R_709_2,
            ],
        ])
    }

    /// The frame that is shown now and its time in the video; nil: it was asked for already, or there is none.
    func newest() -> (buffer: CVPixelBuffer, time: Double)? {
        let now = output.itemTime(forHostTime: CACurrentMediaTime())
        var time = CMTime.zero
        guard output.hasNewPixelBuffer(forItemTime: now),
            let buffer = output.copyPixelBuffer(forItemTime: now, itemTimeForDisplay: &time)
        else { return nil }
        return (buffer, time.seconds)
    }
}
