/// Opens the photo, the video, or the frame that is held, that is shown instead of the camera.
@MainActor
final class PhotoModel {
    private let store: StateStore
    private var work: Task<Void, Never>?
    private var samples = 0

    init(store: StateStore) {
        self.store = store
    }

    var state: Shown { store.state.picture.shown }
    /// Of what stands still.
    var zoom: PhotoZoom { store.state.photoZoom }
    /// How often something else was shown.
    var changes: Int { store.state.picture.changes }
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
        store.send(.photoZoomed(event, place: mapping.place, view: mapping.view))
    }

    func showWhole() {
        store.send(.photoShownWhole)
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
        store.send(.shown(event))
    }
}
