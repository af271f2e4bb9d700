import Observation

/// The election on the screen, and the user's setting.
@MainActor
@Observable
final class BackendModel {
    private(set) var status: ElectionStatus
    var choice: BackendChoice {
        didSet {
            let choice = choice
            Task { await election.choose(choice) }
        }
    }

    @ObservationIgnored private let election: Election

    init(election: Election) {
        (self.election, status, choice) = (election, election.first, election.first.choice)
    }

    /// Follows the election for as long as the app runs.
    func follow() async {
        for await status in election.changes { self.status = status }
    }

    /// The CPU's program serves: the further one may be tried.
    func start() {
        Task { await election.start() }
    }

    /// Closes the extra program before a self-check.
    func pause() async {
        await election.pause()
    }

    /// It may serve again after a self-check.
    func resume() {
        Task { await election.resume() }
    }
}
