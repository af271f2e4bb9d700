import Observation

/// The photo, or the frame that is held, that is shown instead of the camera.
@MainActor
@Observable
final class PhotoModel {
    enum State {
        /// There is none: the camera is shown.
        case none
        case opening
        case unreadable
        case open(any OpenedPhoto)
    }

    private(set) var state = State.none {
        didSet { changes += 1 }
    }
    /// How often the state has become another one.
    private(set) var changes = 0

    @ObservationIgnored private var work: Task<Void, Never>?
    @ObservationIgnored private var samples = 0

    var photo: (any OpenedPhoto)? {
        if case .open(let photo) = state { photo } else { nil }
    }

    var isNone: Bool {
        if case .none = state { true } else { false }
    }

    /// `read` gives nil for what is no photo. The one that was being opened before is forgotten.
    func open(_ read: @escaping @Sendable () async -> (any OpenedPhoto)?) {
        work?.cancel()
        state = .opening
        work = Task {
            let photo = await read()
            if !Task.isCancelled { state = photo.map(State.open) ?? .unreadable }
        }
    }

    /// The number of the sample picture whose turn it is.
    func nextSample() -> Int {
        defer { samples += 1 }
        return samples
    }

    /// One that is there already: a frame that is held.
    func show(_ photo: any OpenedPhoto) {
        work?.cancel()
        state = .open(photo)
    }

    func close() {
        work?.cancel()
        if !isNone { state = .none }
    }
}
