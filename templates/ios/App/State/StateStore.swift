import Observation

/// Holds the one value that the main screen follows.
@MainActor
@Observable
final class StateStore {
    private(set) var state: UIState

    init(_ state: UIState) {
        self.state = state
    }

    /// Whether anything is different now: what is the same afterwards makes nothing anew.
    @discardableResult
    func send(_ event: UIState.Event) -> Bool {
        let next = state.after(event)
        if next == state { return false }
        state = next
        return true
    }
}
