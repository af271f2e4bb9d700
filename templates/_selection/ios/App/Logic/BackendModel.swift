import Observation

/// The selection on the screen, and the user's setting.
@MainActor
@Observable
final class BackendModel {
    private(set) var status: SelectionStatus
    var choice: BackendChoice {
        didSet {
            let choice = choice
            Task { await selection.choose(choice) }
        }
    }

    @ObservationIgnored private let selection: Selection

    init(selection: Selection) {
        (self.selection, status, choice) = (selection, selection.first, selection.first.choice)
    }

    /// Follows the selection for as long as the app runs.
    func follow() async {
        for await status in selection.changes { self.status = status }
    }

    /// The CPU's program serves: the further one may be tried.
    func start() {
        Task { await selection.start() }
    }

    /// Closes the extra program before a self-check.
    func pause() async {
        await selection.pause()
    }

    /// It may serve again after a self-check.
    func resume() {
        Task { await selection.resume() }
    }
}
