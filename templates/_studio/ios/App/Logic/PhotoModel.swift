import Foundation
import Observation

/// What is shown: the camera, or a photo, video or frozen frame in its place.
enum PictureSource {
    enum Kind: Equatable, Sendable {
        case photo
        case video
    }

    enum Event {
        case asked(Kind)
        case opened(any OpenedPhoto)
        case started(any OpenedVideo)
        case frozen(any OpenedPhoto)
        /// The file cannot be read, or a video not further.
        case unreadable
        case closed
    }

    case camera
    case opening(Kind)
    case unreadable(Kind)
    case photo(any OpenedPhoto)
    case video(any OpenedVideo)
    /// A frozen frame of a video, which waits.
    case frozen(any OpenedPhoto, of: any OpenedVideo)

    var photo: (any OpenedPhoto)? {
        switch self {
        case .photo(let photo), .frozen(let photo, _): photo
        case .camera, .opening, .unreadable, .video: nil
        }
    }

    var video: (any OpenedVideo)? {
        switch self {
        case .video(let video), .frozen(_, let video): video
        case .camera, .opening, .unreadable, .photo: nil
        }
    }

    /// What runs; nil: nothing.
    var source: CameraStatus.Source? {
        switch self {
        case .camera: .camera
        case .video: .video
        case .opening, .unreadable, .photo, .frozen: nil
        }
    }

    func after(_ event: Event) -> PictureSource {
        switch (self, event) {
        case (_, .asked(let kind)): .opening(kind)
        case (.opening, .opened(let photo)), (.camera, .frozen(let photo)): .photo(photo)
        case (.opening, .started(let video)), (.frozen(_, let video), .closed): .video(video)
        case (.video(let video), .frozen(let photo)): .frozen(photo, of: video)
        case (.opening(let kind), .unreadable): .unreadable(kind)
        case (.video, .unreadable): .unreadable(.video)
        case (.frozen(let photo, _), .unreadable): .photo(photo)
        case (_, .closed): .camera
        case (_, .opened), (_, .started), (_, .frozen), (_, .unreadable): self
        }
    }
}

/// Opens photos, videos and frozen frames.
@MainActor
@Observable
final class PhotoModel {
    private(set) var shown = PictureSource.camera
    /// How often something else was shown. Results of an earlier picture are dropped by it.
    private(set) var changes = 0
    private(set) var zoom = PhotoZoom()
    @ObservationIgnored private var work: Task<Void, Never>?
    @ObservationIgnored private var samples = 0

    var photo: (any OpenedPhoto)? { shown.photo }
    var video: (any OpenedVideo)? { shown.video }
    var isCamera: Bool { shown.source == .camera }
    /// The camera or a video.
    var isLive: Bool { shown.source != nil }

    /// `read` returns nil for a file that is no photo. Cancels what was being opened before.
    func open(_ read: @escaping @Sendable () async -> (any OpenedPhoto)?) {
        begin(.photo) { await read().map(PictureSource.Event.opened) ?? .unreadable }
    }

    /// The same for a video, until it cannot be read further.
    func play(_ read: @escaping @Sendable () async -> (any OpenedVideo)?) {
        begin(.video) { [weak self] in
            guard let video = await read(), !Task.isCancelled else { return .unreadable }
            self?.happened(.started(video))
            await video.failure()
            return .unreadable
        }
    }

    /// The number of the next sample picture.
    func nextSample() -> Int {
        defer { samples += 1 }
        return samples
    }

    func show(frozen frame: any OpenedPhoto) {
        if isLive { happened(.frozen(frame)) }
    }

    /// From a frame of a video back to the video, else to the camera.
    func close() {
        if isCamera { return }
        happened(.closed)
        if video == nil { work?.cancel() }
    }

    func zoom(_ event: PhotoZoom.Event, in mapping: PictureMapping) {
        if photo != nil { zoom = zoom.after(event, place: mapping.place, in: mapping.view) }
    }

    func showWhole() {
        zoom = PhotoZoom()
    }

    private func begin(_ kind: PictureSource.Kind, _ read: @escaping @MainActor () async -> PictureSource.Event) {
        work?.cancel()
        happened(.asked(kind))
        work = Task {
            let event = await read()
            if !Task.isCancelled { happened(event) }
        }
    }

    private func happened(_ event: PictureSource.Event) {
        shown = shown.after(event)
        changes += 1
        zoom = PhotoZoom()
    }
}

extension PhotoSize {
    /// Pixels of a shared picture, which is drawn beside the photo itself.
    static let maxSharedPixels = 12_500_000.0

    /// The size of the shared picture for a picture of this size.
    static func shared(_ size: CGSize) -> CGSize {
        let scale = min(1, (maxSharedPixels / (size.width * size.height)).squareRoot())
        let side = { (length: Double) in max(1, (length * scale).rounded(.down)) }
        return CGSize(width: side(size.width), height: side(size.height))
    }
}

/// The sample pictures: pictures of the golden vectors.
enum SamplePictures {
    struct Picture {
        let pixels: Int
        let detections: Int
    }

    /// The indices of pictures that are worth showing: no tiny ones, and those with the most detections first.
    static func order(_ pictures: [Picture]) -> [Int] {
        let largest = pictures.map(\.pixels).max() ?? 0
        let worth = pictures.indices.filter { 4 * pictures[$0].pixels >= largest }
        return worth.sorted { (pictures[$1].detections, $0) < (pictures[$0].detections, $1) }
    }
}
