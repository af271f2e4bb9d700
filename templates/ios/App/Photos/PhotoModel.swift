import Observation
import PhotosUI
import SwiftUI

/// The photo that is shown instead of the camera.
@MainActor
@Observable
final class PhotoModel {
    enum State {
        /// There is none: the camera is shown.
        case none
        case opening
        case unreadable
        case open(Photo)
    }

    private(set) var state = State.none {
        didSet { changes += 1 }
    }
    /// How often the state has become another one.
    private(set) var changes = 0
    /// What the picker has picked.
    var item: PhotosPickerItem? {
        didSet { open(item) }
    }

    @ObservationIgnored private var work: Task<Void, Never>?

    var photo: Photo? {
        if case .open(let photo) = state { photo } else { nil }
    }

    var isNone: Bool {
        if case .none = state { true } else { false }
    }

    func close() {
        item = nil
    }

    private func open(_ item: PhotosPickerItem?) {
        work?.cancel()
        guard let item else {
            state = .none
            return
        }
        state = .opening
        work = Task {
            let photo = await PhotoModel.load(item)
            if !Task.isCancelled { state = photo.map(State.open) ?? .unreadable }
        }
    }

    private nonisolated static func load(_ item: PhotosPickerItem) async -> Photo? {
        guard let data = try? await item.loadTransferable(type: Data.self) else { return nil }
        return await PhotoLoader.load(data)
    }
}
