import CoreVideo
import Foundation

/// Frames as they are looked at, from when somebody asked for it until there are no more, and who waits for their video.
final class Recording {
    private(set) var isRunning = true

    private let model: Model
    private let request: CheckedContinuation<RecordedVideo?, any Error>
    private var film: Film?
    private var room = RecordingRoom()

    init(of model: Model, for request: CheckedContinuation<RecordedVideo?, any Error>) {
        self.model = model
        self.request = request
    }

    func add(_ frame: CVPixelBuffer, _ orientation: ExifOrientation, _ result: PictureResult, time: Double) {
        guard isRunning else { return }
        do {
            let film = try film ?? Film(of: model, first: result.size)
            self.film = film
            try autoreleasepool { try film.add(frame, orientation, result, time: time) }
            if film.clock.isOver { end() }
            if room.isGone(at: time, free: Recording.freeBytes) { end(isCutShort: true) }
        } catch {
            isRunning = false
            request.resume(throwing: error)
        }
    }

    func end(isCutShort: Bool = false) {
        guard isRunning else { return }
        isRunning = false
        if let film { film.finish(request, isCutShort: isCutShort) } else { request.resume(returning: nil) }
    }

    static func freeBytes() -> Int64? {
        let folder = FileManager.default.temporaryDirectory.path
        let system = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (system?[.systemFreeSize] as? NSNumber)?.int64Value
    }
}
