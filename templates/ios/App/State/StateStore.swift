import Observation

/// Holds the one value that the main screen follows.
@MainActor
@Observable
final class StateStore {
    private(set) var state: UIState

    init(_ state: UIState) {
        self.state = state
    }

    /// What is the same afterwards makes nothing anew.
    func send(_ event: UIState.Event) {
        let next = state.after(event)
        if next != state { state = next }
    }
}
