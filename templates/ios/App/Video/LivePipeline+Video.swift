import AVFoundation
import Foundation

/// The frames of a video, which come only to who asks for them.
extension LivePipeline {
    func startVideo(_ video: any OpenedVideo) -> Int {
        stop()
        let run = analyzer.startRun(nil)
        guard let video = video as? Video else { return run }
        if video !== self.video { analyzer.startAnew() }
        self.video = video
        analyzer.turn = video.frames.turn
        playing = Task { [frames = video.frames] in await follow(frames) }
        return run
    }

    func stopVideo() {
        playing?.cancel()
        playing = nil
    }

    /// Frames that are shown while the detector works are never looked at.
    private func follow(_ frames: VideoFrames) async {
        var last = -Double.infinity
        while !Task.isCancelled {
            if let frame = frames.newest() {
                if frame.time < last { analyzer.startAnew() }  // it was at its end, and begins again
                last = frame.time
                autoreleasepool { analyzer.look(at: frame.buffer, time: CACurrentMediaTime()) }
            }
            try? await Task.sleep(for: VideoFrames.pause)
        }
    }
}
