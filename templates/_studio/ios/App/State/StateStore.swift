import Observation

/// Holds the one value that the main screen follows, and keeps of it what is to outlive the app.
@MainActor
@Observable
final class StateStore {
    private(set) var state: UIState
    @ObservationIgnored private let saved: SavedSettings

    init(_ state: UIState, saved: SavedSettings) {
        self.state = state
        self.saved = saved
    }

    /// Whether anything is different now: what is the same afterwards makes nothing anew.
    @discardableResult
    func send(_ event: UIState.Event) -> Bool {
        let next = state.after(event)
        if next == state { return false }
        saved.write(next.settings, after: state.settings)
        state = next
        return true
    }
}
