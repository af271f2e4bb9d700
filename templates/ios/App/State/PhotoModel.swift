import Observation

/// The photo, the video, or the frame that is held, that is shown instead of the camera.
@MainActor
@Observable
final class PhotoModel {
    private(set) var state = Shown.camera {
        didSet {
            changes += 1
            showWhole()
        }
    }
    /// Of what stands still.
    private(set) var zoom = PhotoZoom()
    /// How often the state has become another one.
    private(set) var changes = 0

    @ObservationIgnored private var work: Task<Void, Never>?
    @ObservationIgnored private var samples = 0

    var photo: (any OpenedPhoto)? { state.photo }
    var video: (any OpenedVideo)? { state.video }
    /// The camera is shown.
    var isNone: Bool { state.source == .camera }
    /// The camera or a video.
    var isLive: Bool { state.source != nil }

    /// `read` gives nil for what is no photo. What was being opened before is forgotten.
    func open(_ read: @escaping @Sendable () async -> (any OpenedPhoto)?) {
        begin(.photo) { await read().map(Shown.Event.opened) ?? .unreadable }
    }

    /// The same for a video, until it can be read no further.
    func play(_ read: @escaping @Sendable () async -> (any OpenedVideo)?) {
        begin(.video) { [weak self] in
            guard let video = await read(), !Task.isCancelled else { return .unreadable }
            self?.happened(.started(video))
            await video.failure()
            return .unreadable
        }
    }

    /// The number of the sample picture whose turn it is.
    func nextSample() -> Int {
        defer { samples += 1 }
        return samples
    }

    /// A frame that is held.
    func show(_ frame: any OpenedPhoto) {
        if isLive { happened(.held(frame)) }
    }

    /// From a frame of a video back to the video, from all else to the camera.
    func close() {
        if isNone { return }
        happened(.closed)
        if video == nil { work?.cancel() }
    }

    func zoom(_ event: PhotoZoom.Event, in mapping: PictureMapping) {
        if photo != nil { zoom = zoom.after(event, place: mapping.place, in: mapping.view) }
    }

    func showWhole() {
        zoom = PhotoZoom()
    }

    private func begin(_ kind: Shown.Kind, _ read: @escaping @MainActor () async -> Shown.Event) {
        work?.cancel()
        happened(.asked(kind))
        work = Task {
            let event = await read()
            if !Task.isCancelled { happened(event) }
        }
    }

    private func happened(_ event: Shown.Event) {
        state = state.after(event)
    }
}
